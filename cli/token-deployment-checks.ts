// What can be seen of a deployment with a token: the way to the server behind, streaming, header renames, forged identity, expiry.
import { decodeJwt } from "jose";
import type { DeploymentCheck, Seen } from "./deployment-check.ts";
import {
  type Answer,
  ask,
  bodyOf,
  endpointOf,
  mcp,
  objectAt,
  open,
  outcomeOf,
  reasonOf,
  statelessCall,
  type Target,
} from "./deployment-target.ts";

const STREAM_STEPS = 5;
const STREAM_DELAY_MS = 400;
/** A body that API Gateway refuses: it takes 10 MB. */
const LARGE_BODY_BYTES = 10 * 1024 * 1024 + 1;
// The default clockTolerance of 5 seconds, and what two clocks may differ by besides.
const EXPIRY_MARGIN_MS = 7_000;
const FORGED = "verify-deployment-forged";
const FORGED_HEADERS = {
  "x-user-claims": `{"sub":"${FORGED}"}`,
  X_User_Claims: `{"sub":"${FORGED}"}`,
  "x-user-jwt": FORGED,
  "x-forwarded-user": FORGED,
  "x-amzn-oidc-identity": FORGED,
  cookie: `session=${FORGED}`,
};
const FORGED_NAMES = ["x-user-jwt", "x_user_claims", "x-forwarded-user", "x-amzn-oidc-identity", "cookie"];

/** Checks that need a token, in this order: what expires comes last. */
export const TOKEN_CHECKS: readonly DeploymentCheck[] = [
  {
    name: "tools/list",
    expected: "200 with tools",
    todo: "500 on every request: API Gateway may not invoke the proxy (lambda:InvokeFunction), or its answer is not framed. 401 or 403: try `explain` with this token. 502 or 504: the server behind.",
    needs: ["token"],
    look: async (target) => {
      const answer = await asked(target, mcp("tools/list"));
      const { tools } = objectAt(bodyOf(answer), "result");
      const ok = answer.status === 200 && Array.isArray(tools) && tools.length > 0;
      return { ok, actual: ok ? `${tools.length} tools` : outcomeOf(answer) };
    },
  },
  {
    name: "unknown server",
    expected: "404 unknown_server",
    todo: "401: the token is no good at the gateway itself. Anything else: the gateway response ACCESS_DENIED or the proxy's own answer is missing.",
    needs: ["token"],
    look: async (target) => {
      const actual = outcomeOf(await asked(target, mcp("ping"), "verify-deployment-nobody"));
      return { ok: actual === "404 unknown_server", actual };
    },
  },
  {
    name: "refused claims",
    expected: "403 with a reason and a message in the body",
    todo: "Without a reason, API Gateway does not fill $context.authorizer in the body of ACCESS_DENIED: the authorizer's log has it. 200: this server's rules let the token in, give another --denied-server.",
    needs: ["token", "deniedServer"],
    look: async (target) => {
      const answer = await asked(target, mcp("ping"), target.deniedServer);
      const { message } = objectAt(bodyOf(answer), "error");
      const filled = !["none", ""].includes(reasonOf(answer)) && message !== "" && message !== undefined;
      return { ok: answer.status === 403 && filled, actual: outcomeOf(answer) };
    },
  },
  {
    name: "header renames",
    expected: "403 insufficient_scope with the challenge as x-amzn-remapped-www-authenticate",
    todo: "Under its own name clients would follow it directly: better, and the docs may say so. Without any: API Gateway drops it, and step-up depends on the metadata alone.",
    needs: ["token", "scopedTool"],
    look: async (target) => {
      const answer = await asked(target, mcp("tools/call", { name: target.scopedTool, arguments: {} }));
      const renamed = answer.headers.has("x-amzn-remapped-www-authenticate");
      const plain = answer.headers.has("www-authenticate");
      const challenge = renamed ? "renamed" : plain ? "not renamed" : "no challenge";
      const ok = outcomeOf(answer) === "403 insufficient_scope" && renamed && !plain;
      return { ok, actual: `${outcomeOf(answer)}, ${challenge}` };
    },
  },
  {
    name: "forged identity",
    expected: "the token's own user at the server, and none of the forged headers",
    todo: "Take the gateway out of service: a client can choose who it is. Then see which header arrived, and what lies between client and gateway.",
    needs: ["token"],
    look: seenIdentity,
  },
  {
    name: "large body",
    expected: "413",
    todo: "Tell clients about the limit of 10 MB in another way: API Gateway answers something else.",
    needs: ["token"],
    look: async (target) => {
      const answer = await asked(target, { ...mcp("ping"), body: " ".repeat(LARGE_BODY_BYTES) });
      const own = reasonOf(answer) === "request_too_large" ? "the gateway's body" : "API Gateway's own body";
      return { ok: answer.status === 413, actual: `${answer.status} with ${own}` };
    },
  },
  {
    name: "streaming",
    expected: `${STREAM_STEPS} progress events, each when it is sent`,
    todo: "All at the end: the method's integration has no responseTransferMode STREAM, the stage was not deployed after it, or a proxy between you and the gateway buffers. None: give a server with the tool slow_count.",
    needs: ["token", "streamServer"],
    look: seenStream,
  },
  {
    name: "expired token",
    expected: "401",
    todo: "Take the gateway out of service, and see the clockTolerance of the rules and the clock that set exp.",
    needs: ["expiredToken"],
    look: async (target) => {
      const request = { ...mcp("ping"), token: target.expiredToken };
      const answer = await ask(endpointOf(target, target.server), request);
      return { ok: answer.status === 401, actual: outcomeOf(answer) };
    },
  },
];

/** The token's own end, which an answer in API Gateway's cache must not outlive. Waits for it. */
export const EXPIRY_CHECK: DeploymentCheck = {
  name: "expiry",
  expected:
    "200 before the token's exp, 401 after it, although API Gateway still keeps the authorizer's answer",
  todo: "Set -c authorizerCacheTtl=0: the proxy does not see the expiry in the authorizer's context.",
  needs: ["token"],
  look: async (target) => {
    const { exp } = decodeJwt(target.token ?? "");
    if (exp === undefined) return { ok: false, actual: "a token without exp" };
    const before = await asked(target, mcp("tools/list"));
    const waitMs = Math.max(0, exp * 1000 - Date.now()) + EXPIRY_MARGIN_MS;
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    const after = await asked(target, mcp("tools/list"));
    return {
      ok: before.status === 200 && after.status === 401,
      actual: `${before.status} before, ${after.status} after`,
    };
  },
};

function asked(target: Target, request: object, server: string = target.server): Promise<Answer> {
  return ask(endpointOf(target, server), { ...request, token: target.token });
}

async function seenIdentity(target: Target): Promise<Seen> {
  const call = mcp("tools/call", { name: "whoami", arguments: {} });
  const answer = await asked(target, { ...call, headers: { ...call.headers, ...FORGED_HEADERS } });
  const result = objectAt(bodyOf(answer), "result");
  const arrived = objectAt(result, "structuredContent");
  if (answer.status !== 200 || !Array.isArray(arrived["headerNames"])) {
    return { ok: false, actual: `${outcomeOf(answer)}, and no answer of the tool whoami` };
  }
  const forged = arrived["headerNames"].filter((name) => FORGED_NAMES.includes(String(name)));
  // X-User-JWT is the gateway's own where it signs the identity: then its content is judged, not its name.
  const payload = objectAt(objectAt(arrived, "jwt"), "payload");
  const names = forged.filter((name) => name !== "x-user-jwt" || payload["sub"] === undefined);
  const sub = objectAt(arrived, "claims")["sub"] ?? payload["sub"];
  const own = sub !== undefined && sub === subjectOf(target.token ?? "");
  const clean = names.length === 0 && !JSON.stringify(result).includes(FORGED);
  const who = own ? "the token's user" : "another user, or none";
  return { ok: own && clean, actual: `${who}, forged headers: ${names.join(", ") || "none"}` };
}

function subjectOf(token: string): string | undefined {
  try {
    return decodeJwt(token).sub;
  } catch {
    return undefined;
  }
}

async function seenStream(target: Target): Promise<Seen> {
  const request = statelessCall("slow_count", { steps: STREAM_STEPS, delay_ms: STREAM_DELAY_MS });
  const url = endpointOf(target, target.streamServer ?? "");
  const response = await open(url, { ...request, token: target.token });
  const arrivals: number[] = [];
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    const events = decoder.decode(chunk, { stream: true }).match(/notifications\/progress/g) ?? [];
    arrivals.push(...events.map(() => performance.now()));
  }
  const spreadMs = Math.round((arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0));
  // Sent as they happen, the last comes four delays after the first; half of that is far from all at once.
  const asSent = spreadMs >= (STREAM_DELAY_MS * (STREAM_STEPS - 1)) / 2;
  const how = asSent ? "one after the other" : "at once";
  return {
    ok: arrivals.length === STREAM_STEPS && asSent,
    actual: `${response.status} with ${arrivals.length} events, ${how}`,
  };
}
