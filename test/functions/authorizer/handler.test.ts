// The authorizer whole, from API Gateway's event to its response: real tokens, inline keys, a configuration as it is stored.
import { inspect } from "node:util";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { TokenVerifiers } from "../../../functions/authorizer/decide.ts";
import { createAuthorizer } from "../../../functions/authorizer/handler.ts";
import { buildSnapshot, type ConfigSnapshot } from "../../../functions/core/config-snapshot.ts";
import { decodePrincipal } from "../../../functions/core/principal.ts";
import type { ResolveKey } from "../../../functions/core/verify-token.ts";
import { createJwksCache } from "../../../functions/platform/jwks.ts";
import { createKeyResolver } from "../../../functions/platform/resolve-key.ts";
import {
  configParameters,
  configSnapshot,
  configStoreOf,
  JWT_VALIDATION,
  parameter,
} from "../../support/gateway-config.ts";
import { authorizerEvent, REQUEST_ID } from "../../support/gateway-events.ts";
import { recordLog } from "../../support/recorded-log.ts";
import {
  forgeToken,
  makeKey,
  NOW,
  NOW_SECONDS,
  signToken,
  type TestKey,
  tokenClaims,
} from "../../support/tokens.ts";

let key: TestKey;
let config: ConfigSnapshot;
let log: ReturnType<typeof recordLog>;
let verifiers: TokenVerifiers;
let asked: number;

/** The block of the test issuer with the keys in it. */
function block(extra: Record<string, unknown> = {}) {
  const { jwksUri: _, ...rest } = JWT_VALIDATION;
  return { ...rest, jwks: { keys: [key.publicJwk] }, ...extra };
}

beforeAll(async () => {
  key = await makeKey("RS256", "key-1");
});

beforeEach(() => {
  config = configSnapshot({ gateway: { jwt_validation: block() } });
  log = recordLog();
  asked = 0;
  const keys = createKeyResolver(createJwksCache(log));
  const resolveKey: ResolveKey = (...args) => {
    asked += 1;
    return keys(...args);
  };
  const introspect = async () => {
    throw new Error("asked an introspection endpoint");
  };
  verifiers = { resolveKey, introspect };
});

/** Sends a request; the outcome is Allow, a Deny with its reason, or the message of what was thrown. */
async function authorize(parts: Parameters<typeof authorizerEvent>[0], now = NOW) {
  const authorizer = createAuthorizer({ config: configStoreOf(config), verifiers, log, now: () => now });
  try {
    const { policyDocument, context } = await authorizer(authorizerEvent(parts));
    const [statement] = policyDocument.Statement;
    return { effect: statement?.Effect, resource: (statement as { Resource: string }).Resource, context };
  } catch (error) {
    return { thrown: (error as Error).message, error };
  }
}

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

describe("a valid token", () => {
  it("is allowed at its server, with the context that the proxy needs", async () => {
    config = configSnapshot({
      gateway: { jwt_validation: block() },
      servers: {
        tools: { user_identity_forwarding: { method: "claims_header", include_claims: ["email"] } },
      },
    });
    const claims = { email: "alice@example.com", phone: "123", scope: "openid mcp", dct: "T1", azp: "C3" };
    const response = await authorize({ headers: bearer(await signToken(key, claims)) });
    expect(response).toMatchObject({
      effect: "Allow",
      resource: [
        "arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/prod/*/tools/mcp",
        "arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/prod/*/tools/mcp/",
      ],
      context: {
        sub: "U2alice",
        server: "tools",
        tenant: "T1",
        clientId: "C3",
        scope: "openid mcp",
        exp: "1794747600",
      },
    });
    expect(decodePrincipal(response.context)).toEqual({
      server: "tools",
      sub: "U2alice",
      issuer: "https://auth.example.com/v1/apps/agentic/P2/MS2",
      exp: 1794747600,
      tenant: "T1",
      clientId: "C3",
      scopes: ["openid", "mcp"],
      claims: { email: "alice@example.com" },
      admitted: true,
      tokenHash: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(log.lines).toEqual([]);
  });

  it.each(["GET", "DELETE", "PUT"])(
    "is allowed for %s, too, because the proxy checks methods",
    async (method) => {
      expect(await authorize({ method, headers: bearer(await signToken(key)) })).toMatchObject({
        effect: "Allow",
      });
    },
  );

  it("is read from its header in any case", async () => {
    expect(await authorize({ headers: { AUTHORIZATION: `bearer ${await signToken(key)}` } })).toMatchObject({
      effect: "Allow",
    });
  });

  it("is read only from the configured header", async () => {
    config = configSnapshot({ gateway: { jwt_validation: block({ headerKey: "X-Access-Token" }) } });
    const token = await signToken(key);
    expect(await authorize({ headers: { "X-Access-Token": token } })).toMatchObject({ effect: "Allow" });
    expect(await authorize({ headers: bearer(token) })).toMatchObject({ thrown: "Unauthorized" });
  });

  it("is verified on every request, including its expiry", async () => {
    const headers = bearer(await signToken(key));
    for (let round = 0; round < 3; round += 1)
      expect(await authorize({ headers })).toMatchObject({ effect: "Allow" });
    expect(asked).toBe(3);
    const afterEnd = new Date((NOW_SECONDS + 3605) * 1000);
    expect(await authorize({ headers }, afterEnd)).toMatchObject({ thrown: "Unauthorized" });
  });

  it("of one server is denied at other servers, in any order (defect 1 of the reference gateway)", async () => {
    const strict = { jwt_validation: block({ requiredClaims: ["sub", "email"] }) };
    config = configSnapshot({ gateway: { jwt_validation: block() }, servers: { tools: {}, strict } });
    const headers = bearer(await signToken(key));
    for (let round = 0; round < 3; round += 1) {
      expect(await authorize({ server: "strict", headers })).toMatchObject({
        effect: "Deny",
        context: { reason: "claim_missing" },
      });
      expect(await authorize({ server: "tools", headers })).toMatchObject({ effect: "Allow" });
    }
  });

  it("is verified again after the rules changed", async () => {
    const headers = bearer(await signToken(key));
    expect(await authorize({ headers })).toMatchObject({ effect: "Allow" });
    config = configSnapshot({ gateway: { jwt_validation: block({ requiredClaims: ["sub", "email"] }) } });
    expect(await authorize({ headers })).toMatchObject({ effect: "Deny" });
  });
});

describe("a denial by the authorizer", () => {
  it.each<[string, () => Promise<Record<string, string | string[]>>, string]>([
    ["no header", async () => ({}), "token_missing"],
    ["an empty header", async () => ({ Authorization: "" }), "token_missing"],
    ["another scheme", async () => ({ Authorization: "Basic eDp5" }), "scheme_unsupported"],
    ["no JWT", async () => bearer("opaque"), "token_malformed"],
    [
      "two headers",
      async () => ({ Authorization: [`Bearer ${await signToken(key)}`, "Bearer a.b.c"] }),
      "token_malformed",
    ],
    [
      "alg none",
      async () => bearer(forgeToken({ alg: "none", kid: "key-1" }, tokenClaims())),
      "algorithm_not_allowed",
    ],
    ["an unknown kid", async () => bearer(await signToken(key, {}, { kid: "other" })), "key_unknown"],
    [
      "a forged signature",
      async () => bearer(await signToken(await makeKey("RS256", "key-1"))),
      "signature_invalid",
    ],
    ["an expired token", async () => bearer(await signToken(key, { exp: NOW_SECONDS - 5 })), "token_expired"],
    [
      "another issuer",
      async () => bearer(await signToken(key, { iss: "https://x.example" })),
      "issuer_mismatch",
    ],
    ["another audience", async () => bearer(await signToken(key, { aud: "P2" })), "audience_mismatch"],
  ])("of %s is a 401 and logs its reason", async (_, headers, reason) => {
    expect(await authorize({ headers: await headers() })).toMatchObject({ thrown: "Unauthorized" });
    expect(log.lines).toHaveLength(1);
    expect(log.lines[0]).toMatchObject({
      level: "warn",
      message: "request denied",
      fields: { decision: "deny", server: "tools", request_id: REQUEST_ID, reason },
    });
  });

  it("of a known caller is a 403 with its reason, and logs the caller", async () => {
    config = configSnapshot({ gateway: { jwt_validation: block({ requiredClaims: ["sub", "email"] }) } });
    const response = await authorize({ headers: bearer(await signToken(key, { tier: "secret-tier" })) });
    expect(response).toMatchObject({
      effect: "Deny",
      resource: "*",
      context: { reason: "claim_missing", message: expect.stringContaining('the claim \\"email\\"') },
    });
    expect(log.lines[0]?.fields).toMatchObject({ reason: "claim_missing", claim: "email", sub: "U2alice" });
  });

  it("for claims that are too large for the context is a 403", async () => {
    const identity = { user_identity_forwarding: { method: "claims_header", include_claims: ["bio"] } };
    config = configSnapshot({ gateway: { jwt_validation: block() }, servers: { tools: identity } });
    const token = await signToken(key, { bio: "x".repeat(5_000) });
    expect(await authorize({ headers: bearer(token) })).toMatchObject({
      effect: "Deny",
      context: { reason: "principal_too_large" },
    });
  });

  it("contains neither the token nor claim values, in the log and in the thrown error", async () => {
    const token = await signToken(key, { exp: NOW_SECONDS - 60, email: "alice@example.com" });
    const response = await authorize({ headers: bearer(token) });
    const told = inspect([response.error, log.lines], { depth: 20 });
    expect(told).not.toContain(token);
    expect(told).not.toContain(token.split(".")[2]);
    expect(told).not.toContain("alice@example.com");
  });

  it("is never cached", async () => {
    const token = await signToken(key, { nbf: NOW_SECONDS + 60 });
    expect(await authorize({ headers: bearer(token) })).toMatchObject({ thrown: "Unauthorized" });
    const later = new Date((NOW_SECONDS + 60) * 1000);
    expect(await authorize({ headers: bearer(token) }, later)).toMatchObject({ effect: "Allow" });
  });
});

describe("a request to an unknown server", () => {
  it.each(["nobody", "closed", "__proto__", "constructor", "TOOLS", ""])(
    "(%s) without a valid token is denied in the same way as at a known server",
    async (server) => {
      const forged = bearer(await signToken(await makeKey("RS256", "key-1")));
      const known = await authorize({ headers: forged });
      expect(await authorize({ server, headers: forged })).toMatchObject({ thrown: known.thrown });
      expect(log.lines.map(({ fields }) => fields["reason"])).toEqual([
        "signature_invalid",
        "signature_invalid",
      ]);
    },
  );

  it.each(["nobody", "closed"])(
    "(%s) with a valid token is allowed, so that the proxy responds 404",
    async (server) => {
      const response = await authorize({
        server,
        headers: bearer(await signToken(key, { email: "a@example.com" })),
      });
      expect(response).toMatchObject({ effect: "Allow" });
      expect(decodePrincipal(response.context)).toMatchObject({ server, admitted: false, claims: {} });
    },
  );

  it("is a 401 if the gateway has no jwt_validation block", async () => {
    config = configSnapshot({ gateway: {}, servers: { tools: { jwt_validation: block() } } });
    config = { ...config, gatewayRules: undefined };
    expect(await authorize({ server: "nobody", headers: bearer(await signToken(key)) })).toMatchObject({
      thrown: "Unauthorized",
    });
  });
});

describe("the authorizer cannot decide and responds 503", () => {
  it("without a configuration", async () => {
    const authorizer = createAuthorizer({ config: configStoreOf(undefined), verifiers, log });
    const rejected = authorizer(authorizerEvent({ headers: bearer(await signToken(key)) }));
    await expect(rejected).rejects.toThrow("nothing was read");
  });

  it("for a server with an invalid parameter, if the gateway has no jwt_validation block", async () => {
    const parameters = [parameter("gateway", {}), parameter("servers/tools", "{")];
    config = buildSnapshot(parameters, { servers: new Map() }).snapshot as ConfigSnapshot;
    expect(await authorize({ headers: bearer(await signToken(key)) })).toMatchObject({
      thrown: "no decision could be made: configuration_invalid",
    });
  });

  it("if the key source does not respond", async () => {
    const unavailable = { reason: "keys_unavailable", expected: "keys", actual: "none" } as const;
    verifiers = {
      ...verifiers,
      resolveKey: async () => ({ ok: false, denial: unavailable }),
    };
    expect(await authorize({ headers: bearer(await signToken(key)) })).toMatchObject({
      thrown: "no decision could be made: keys_unavailable",
    });
  });

  it("but applies the gateway's rules to a server with an invalid parameter, and the proxy forwards nothing", async () => {
    const parameters = [
      ...configParameters({ gateway: { jwt_validation: block() } }),
      parameter("servers/broken", "{"),
    ];
    config = buildSnapshot(parameters, { servers: new Map() }).snapshot as ConfigSnapshot;
    const response = await authorize({ server: "broken", headers: bearer(await signToken(key)) });
    expect(decodePrincipal(response.context)).toMatchObject({ server: "broken", admitted: false });
  });
});

describe("metrics of the authorizer", () => {
  const measure = async (
    headers: Record<string, string>,
    parts: Partial<Parameters<typeof createAuthorizer>[0]>,
    server = "tools",
  ) => {
    const published: unknown[] = [];
    const authorizer = createAuthorizer({
      config: configStoreOf(config),
      verifiers,
      log,
      now: () => NOW,
      requestMetrics: ({ AuthorizerMs, ...counts }, known) => {
        published.push([typeof AuthorizerMs, counts, known]);
        return { _aws: "metrics" };
      },
      ...parts,
    });
    await authorizer(authorizerEvent({ headers, server })).catch(() => {});
    expect(log.lines.map(({ fields }) => fields["_aws"])).toEqual(["metrics"]);
    return { published, line: log.lines[0] };
  };

  it("are part of the log line of an Allow", async () => {
    const { published, line } = await measure(bearer(await signToken(key)), {});
    expect(published).toEqual([["number", {}, "tools"]]);
    expect(line).toMatchObject({
      level: "info",
      message: "request authorized",
      fields: { server: "tools", sub: "U2alice" },
    });
  });

  it("are part of the log line of a denial", async () => {
    const { published, line } = await measure(bearer(await signToken(key, { exp: NOW_SECONDS - 3600 })), {});
    expect(published).toEqual([["number", { Denials: 1 }, "tools"]]);
    expect(line?.fields).toMatchObject({ reason: "token_expired" });
  });

  it("do not name a server that is not configured", async () => {
    const { published } = await measure(bearer(await signToken(key)), {}, "made-up");
    expect(published).toEqual([["number", {}, undefined]]);
  });

  it("count an unreadable configuration as a failure", async () => {
    const { published, line } = await measure({}, { config: configStoreOf(undefined) });
    expect(published).toEqual([["number", { Failures: 1 }, undefined]]);
    expect(line?.fields).toMatchObject({ reason: "configuration_unavailable" });
  });

  it("count unavailable keys as a failure", async () => {
    config = configSnapshot();
    const resolveKey = createKeyResolver(
      createJwksCache(recordLog(), { fetcher: () => Promise.reject(new Error("down")) }),
    );
    const { published } = await measure(bearer(await signToken(key)), {
      verifiers: { ...verifiers, resolveKey },
    });
    expect(published).toEqual([["number", { Failures: 1 }, "tools"]]);
  });
});
