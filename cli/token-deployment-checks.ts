// Checks of a deployment with a token: forwarding to the upstream, streaming, header renames, forged identity, expiry.
import { decodeJwt } from "jose";
import type { DeploymentCheck, Observation } from "./deployment-check.ts";
import {
  bodyOf,
  endpointOf,
  type GatewayResponse,
  mcp,
  objectAt,
  outcomeOf,
  reasonOf,
  send,
  type Target,
} from "./deployment-target.ts";
import { startSession } from "./mcp-session.ts";

const STREAM_STEPS = 5;
const STREAM_DELAY_MS = 400;
/** A body above API Gateway's limit of 10 MB. */
const LARGE_BODY_BYTES = 10 * 1024 * 1024 + 1;
// The default clockTolerance of 5 seconds, and 2 seconds of clock difference.
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

/** Checks that need a token, in this order: the expired token last. */
export const TOKEN_CHECKS: readonly DeploymentCheck[] = [
  {
    name: "tools/list",
    expected: "200 with tools",
    todo: "500 on every request: API Gateway may not invoke the proxy (lambda:InvokeFunction), or the proxy's response is not framed for streaming. 401 or 403: run `explain` with this token. 502 or 504: the upstream failed.",
    needs: ["token"],
    run: async (target) => {
      const session = await startSession(target, target.server);
      const response = await session.send("tools/list");
      const { tools } = objectAt(bodyOf(response), "result");
      const ok = response.status === 200 && Array.isArray(tools) && tools.length > 0;
      return { ok, actual: ok ? `${tools.length} tools` : outcomeOf(response) };
    },
  },
  {
    name: "unknown server",
    expected: "404 unknown_server",
    todo: "401: the gateway denies the token. Any other status: the gateway response ACCESS_DENIED or the proxy's error response is missing.",
    needs: ["token"],
    run: async (target) => {
      const actual = outcomeOf(await sendWithToken(target, mcp("ping"), "verify-deployment-unknown"));
      return { ok: actual === "404 unknown_server", actual };
    },
  },
  {
    name: "slash at the end",
    expected: "the same response at <server>/mcp/ as at <server>/mcp",
    todo: "403 or 404: tell your users to configure the URL without a slash at its end.",
    needs: ["token"],
    run: async (target) => {
      const request = { ...mcp("ping"), token: target.token };
      const endpoint = endpointOf(target, target.server);
      const without = await send(endpoint, request);
      const slash = await send(`${endpoint}/`, request);
      const ok = outcomeOf(slash) === outcomeOf(without) && bodyOf(slash)["jsonrpc"] === "2.0";
      return { ok, actual: `${outcomeOf(slash)}, and ${outcomeOf(without)} without the slash` };
    },
  },
  {
    name: "denied claims",
    expected: "403 with a reason and a message in the body",
    todo: "If the reason is missing, API Gateway does not fill $context.authorizer in the body of ACCESS_DENIED; the authorizer's log has the reason.",
    needs: ["token", "deniedServer"],
    run: async (target) => {
      const response = await sendWithToken(target, mcp("ping"), target.deniedServer);
      if (response.status < 300 || reasonOf(response) === "unknown_server")
        return cannotShow(
          `${outcomeOf(response)}: give a --denied-server whose rules deny the token's claims`,
        );
      const { message } = objectAt(bodyOf(response), "error");
      const filled = !["none", ""].includes(reasonOf(response)) && message !== "" && message !== undefined;
      return { ok: response.status === 403 && filled, actual: outcomeOf(response) };
    },
  },
  {
    name: "header renames",
    expected: "403 insufficient_scope with the challenge as x-amzn-remapped-www-authenticate",
    todo: "If the header is not renamed, clients can follow it directly, which is better. If it is missing, API Gateway drops it, and step-up depends on the metadata.",
    needs: ["token", "scopedTool"],
    run: async (target) => {
      const response = await sendWithToken(
        target,
        mcp("tools/call", { name: target.scopedTool, arguments: {} }),
      );
      // Allowed, unknown to the server, or hidden by a claim: no scope is missing.
      if (response.status !== 403 && !response.headers.has("www-authenticate"))
        return cannotShow(
          `${outcomeOf(response)}: give a --scoped-tool that requires a scope which the token lacks`,
        );
      const renamed = response.headers.has("x-amzn-remapped-www-authenticate");
      const plain = response.headers.has("www-authenticate");
      const challenge = renamed ? "renamed" : plain ? "not renamed" : "no challenge";
      const ok = outcomeOf(response) === "403 insufficient_scope" && renamed && !plain;
      return { ok, actual: `${outcomeOf(response)}, ${challenge}` };
    },
  },
  {
    name: "forged identity",
    expected: "the token's own user at the server, and none of the forged headers",
    todo: "A header of a name that the client sent reached the server. Find the proxy before or behind the gateway that adds it: a server that trusts such a header can be deceived.",
    needs: ["token"],
    run: checkIdentity,
  },
  {
    name: "large body",
    expected: "413",
    todo: "API Gateway returned a different status above its limit of 10 MB: document it for your clients.",
    needs: ["token"],
    run: async (target) => {
      const response = await sendWithToken(target, { ...mcp("ping"), body: " ".repeat(LARGE_BODY_BYTES) });
      const own =
        reasonOf(response) === "request_too_large" ? "the gateway's body" : "API Gateway's own body";
      return { ok: response.status === 413, actual: `${response.status} with ${own}` };
    },
  },
  {
    name: "streaming",
    expected: `${STREAM_STEPS} progress events, each when it is sent`,
    todo: "If all events arrive at the end: the method's integration has no responseTransferMode STREAM, the stage was not deployed after it, or a proxy between you and the gateway buffers.",
    needs: ["token", "streamServer"],
    run: checkStream,
  },
  {
    name: "expired token",
    expected: "401",
    todo: "An expired token is allowed: check clockTolerance in the server's rules, and the clock that set exp.",
    needs: ["expiredToken"],
    run: async (target) => {
      if (expiryOf(target.expiredToken) > Date.now())
        return cannotShow("the token in --expired-token-file has not expired");
      const request = { ...mcp("ping"), token: target.expiredToken };
      const response = await send(endpointOf(target, target.server), request);
      return { ok: response.status === 401, actual: outcomeOf(response) };
    },
  },
];

/** A result in the authorizer cache must not outlive the token. Waits for the token to expire. */
export const EXPIRY_CHECK: DeploymentCheck = {
  name: "expiry",
  expected:
    "200 before the token's exp, 401 after it, although API Gateway still caches the authorizer's result",
  todo: "Set -c authorizerCacheTtl=0: the proxy does not see the expiry in the authorizer's context.",
  needs: ["token"],
  run: async (target) => {
    const expiresAt = expiryOf(target.token);
    if (!Number.isFinite(expiresAt)) return cannotShow("the token has no exp");
    const session = await startSession(target, target.server);
    const before = await session.send("tools/list");
    await new Promise((resolve) =>
      setTimeout(resolve, Math.max(0, expiresAt - Date.now()) + EXPIRY_MARGIN_MS),
    );
    const after = await session.send("tools/list");
    return {
      ok: before.status === 200 && after.status === 401,
      actual: `${before.status} before, ${after.status} after`,
    };
  },
};

function cannotShow(actual: string): Observation {
  return { ok: "skipped", actual };
}

function sendWithToken(
  target: Target,
  request: object,
  server: string = target.server,
): Promise<GatewayResponse> {
  return send(endpointOf(target, server), { ...request, token: target.token });
}

const OUT_OF_SERVICE =
  "Take the gateway out of service: a value that the client forged arrived as its identity. Then find which header carried it, and what is between client and gateway.";
const OTHER_USER =
  "The forwarded identity has a different sub than the token. Check user_identity_forwarding of this server, and whether a JWT template changes sub.";

async function checkIdentity(target: Target): Promise<Observation> {
  const session = await startSession(target, target.server);
  const response = await session.send("tools/call", { name: "whoami", arguments: {} }, FORGED_HEADERS);
  const result = objectAt(bodyOf(response), "result");
  // Only the forged value proves that a client header is trusted: a load balancer may add a header of the same name.
  if (JSON.stringify(result).includes(FORGED))
    return { ok: false, actual: "the forged value", todo: OUT_OF_SERVICE };
  const arrived = objectAt(result, "structuredContent");
  if (response.status !== 200 || !Array.isArray(arrived["headerNames"]))
    return cannotShow(
      `${outcomeOf(response)}, and no result from the tool whoami: give a --server that runs the example whoami`,
    );
  const forged = arrived["headerNames"].filter((name) => FORGED_NAMES.includes(String(name)));
  // If the gateway signs the identity, X-User-JWT is its own header: then check its content, not its name.
  const payload = objectAt(objectAt(arrived, "jwt"), "payload");
  const names = forged.filter((name) => name !== "x-user-jwt" || payload["sub"] === undefined);
  const headers = `forged headers: ${names.join(", ") || "none"}`;
  const sub = objectAt(arrived, "claims")["sub"] ?? payload["sub"];
  if (sub === undefined && names.length === 0)
    return cannotShow(
      `no identity arrived, ${headers}: this server has no user_identity_forwarding with sub`,
    );
  const subject = subjectOf(target.token ?? "");
  if (sub !== undefined && subject !== undefined && sub !== subject)
    return { ok: false, actual: `another user, ${headers}`, todo: OTHER_USER };
  const who = sub === undefined ? "no user" : subject === undefined ? "a user" : "the token's user";
  return { ok: names.length === 0, actual: `${who}, ${headers}` };
}

/** Milliseconds since the epoch; NaN without exp. */
function expiryOf(token: string | undefined): number {
  try {
    return (decodeJwt(token ?? "").exp ?? Number.NaN) * 1000;
  } catch {
    return Number.NaN;
  }
}

function subjectOf(token: string): string | undefined {
  try {
    return decodeJwt(token).sub;
  } catch {
    return undefined;
  }
}

async function checkStream(target: Target): Promise<Observation> {
  const session = await startSession(target, target.streamServer ?? "");
  const response = await session.open("tools/call", {
    name: "slow_count",
    arguments: { steps: STREAM_STEPS, delay_ms: STREAM_DELAY_MS },
    _meta: { progressToken: 1 },
  });
  const arrivals: number[] = [];
  const decoder = new TextDecoder();
  let received = "";
  for await (const chunk of response.body ?? []) {
    const text = decoder.decode(chunk, { stream: true });
    received += text;
    const events = text.match(/notifications\/progress/g) ?? [];
    arrivals.push(...events.map(() => performance.now()));
  }
  const isCounted = arrivals.length > 0 || response.status !== 200;
  if (!isCounted && /"code":-32602|"isError":true/.test(received))
    return cannotShow(
      "the server has no tool slow_count: give a --stream-server that runs the example everything",
    );
  const spreadMs = Math.round((arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0));
  // Sent as they happen, the last comes four delays after the first; half of that is far from all at once.
  const asSent = spreadMs >= (STREAM_DELAY_MS * (STREAM_STEPS - 1)) / 2;
  const how = asSent ? "one after the other" : "at once";
  return {
    ok: arrivals.length === STREAM_STEPS && asSent,
    actual: `${response.status} with ${arrivals.length} events, ${how}`,
  };
}
