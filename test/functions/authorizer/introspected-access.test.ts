// Opaque tokens from request to decision: a real introspection endpoint, a client secret by reference, and what is cached.
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, it } from "vitest";
import { decideAccess } from "../../../functions/authorizer/decide.ts";
import { createIntrospection } from "../../../functions/platform/introspection.ts";
import { createJwksCache } from "../../../functions/platform/jwks.ts";
import { createKeyResolver } from "../../../functions/platform/resolve-key.ts";
import { createSecretStore } from "../../../functions/platform/secret-store.ts";
import { configSnapshot } from "../../support/gateway-config.ts";
import { type LoopbackServer, startHttp } from "../../support/loopback-server.ts";
import { recordLog } from "../../support/recorded-log.ts";
import { ISSUER, NOW, NOW_SECONDS } from "../../support/tokens.ts";

const ACTIVE = { active: true, iss: ISSUER, sub: "U2alice", exp: NOW_SECONDS + 3600, scope: "read write" };

let endpoint: LoopbackServer;
let asked: { authorization: string | undefined; contentType: string | undefined; body: string }[];
let scripted: { status: number; body: unknown };

beforeEach(async () => {
  asked = [];
  scripted = { status: 200, body: ACTIVE };
  endpoint = await startHttp(async (request, response) => {
    const { authorization, "content-type": contentType } = request.headers;
    asked.push({ authorization, contentType, body: await text(request) });
    response.writeHead(scripted.status).end(JSON.stringify(scripted.body));
  });
});
afterEach(() => endpoint.close());

/** An authorizer in front of the server `tools`; asks with a token, at a number of seconds after NOW. */
function authorizer(block: Record<string, unknown> = {}) {
  const jwt_validation = {
    introspectEndpoint: endpoint.url,
    claimValues: { iss: { values: ISSUER } },
    ...block,
  };
  const config = configSnapshot({ servers: { tools: { jwt_validation } } });
  const secrets = createSecretStore(async (name) => `secret of ${name}`);
  const verifiers = {
    resolveKey: createKeyResolver(createJwksCache(recordLog())),
    introspect: createIntrospection(secrets),
  };
  return async (token = "opaque-token", seconds = 0) => {
    const headers = new Map([["authorization", [`Bearer ${token}`]]]);
    const now = new Date(NOW.getTime() + seconds * 1000);
    const decision = await decideAccess({ server: "tools", headers }, config, verifiers, now);
    return decision.type === "allow" ? "allow" : decision.denial.reason;
  };
}

it("introspects with a form, without credentials if none are configured", async () => {
  expect(await authorizer()("a+b/c=")).toBe("allow");
  expect(asked).toEqual([
    {
      authorization: undefined,
      contentType: "application/x-www-form-urlencoded",
      body: "token=a%2Bb%2Fc%3D",
    },
  ]);
});

it("introspects with JSON if the block says so", async () => {
  expect(await authorizer({ introspectContentType: "application/json" })()).toBe("allow");
  expect(asked).toEqual([
    { authorization: undefined, contentType: "application/json", body: '{"token":"opaque-token"}' },
  ]);
});

it("authenticates at the introspection endpoint with the referenced secret", async () => {
  const ask = authorizer({
    introspectClientId: "gate:way",
    introspectClientSecret: "{{ssm:/prod/introspect}}",
  });
  expect(await ask()).toBe("allow");
  const basic = Buffer.from("gate%3Away:secret%20of%20%2Fprod%2Fintrospect").toString("base64");
  expect(asked[0]?.authorization).toBe(`Basic ${basic}`);
});

it("introspects on each request with introspectCacheMaxAge 0, so that a revoked token is denied at once", async () => {
  const ask = authorizer({ introspectCacheMaxAge: 0 });
  expect([await ask(), await ask(), await ask()]).toEqual(["allow", "allow", "allow"]);
  expect(asked).toHaveLength(3);
  scripted.body = { active: false };
  expect(await ask()).toBe("token_inactive");
});

it("introspects on each request by default", async () => {
  const ask = authorizer();
  await ask();
  await ask();
  expect(asked).toHaveLength(2);
});

it("caches a valid introspection response for introspectCacheMaxAge seconds", async () => {
  const ask = authorizer({ introspectCacheMaxAge: 60 });
  await ask();
  await ask("opaque-token", 59);
  expect(asked).toHaveLength(1);
  await ask("another-token", 59);
  expect(asked).toHaveLength(2);
  await ask("opaque-token", 60);
  expect(asked).toHaveLength(3);
});

it("caches an introspection response no longer than the token is valid", async () => {
  scripted.body = { ...ACTIVE, exp: NOW_SECONDS + 10 };
  const ask = authorizer({ introspectCacheMaxAge: 3600, clockTolerance: 0 });
  await ask();
  expect(await ask("opaque-token", 10)).toBe("token_expired");
  expect(asked).toHaveLength(2);
});

it("caches an introspection response for each set of rules separately", async () => {
  const ask = authorizer({ introspectCacheMaxAge: 60 });
  expect(await ask()).toBe("allow");
  const strict = authorizer({ introspectCacheMaxAge: 60, requiredClaims: ["email"] });
  expect(await strict()).toBe("claim_missing");
  expect(asked).toHaveLength(2);
});

it("checks a cached introspection response again at the time of each request", async () => {
  scripted.body = { ...ACTIVE, iat: NOW_SECONDS };
  const ask = authorizer({ introspectCacheMaxAge: 3600, maxTokenAge: "30s", clockTolerance: 0 });
  expect([await ask(), await ask("opaque-token", 30)]).toEqual(["allow", "allow"]);
  expect(await ask("opaque-token", 31)).toBe("token_too_old");
  expect(asked).toHaveLength(1);
});

it("does not cache an introspection response that denies the token", async () => {
  scripted.body = { active: false };
  const ask = authorizer({ introspectCacheMaxAge: 60 });
  expect(await ask()).toBe("token_inactive");
  scripted.body = ACTIVE;
  expect(await ask()).toBe("allow");
});

it("allows a token whose introspection response has no exp (optional in RFC 7662)", async () => {
  scripted = { status: 200, body: { ...ACTIVE, exp: undefined } };
  expect(await authorizer()()).toBe("allow");
});

it.each<[string, number, unknown, string]>([
  ["is not active", 200, { active: false }, "token_inactive"],
  ["only looks active", 200, { ...ACTIVE, active: "true" }, "token_inactive"],
  ["is of another issuer", 200, { ...ACTIVE, iss: "https://other.example.com" }, "issuer_mismatch"],
  ["has an exp that is not a number", 200, { ...ACTIVE, exp: "soon" }, "exp_missing"],
  ["is a refresh token", 200, { ...ACTIVE, token_type: "refresh_token" }, "refresh_token"],
  ["is a refresh token by token_use", 200, { ...ACTIVE, token_use: "refresh_token" }, "refresh_token"],
  ["is an ID token", 200, { ...ACTIVE, token_type: "id_token" }, "id_token"],
  ["is bound by DPoP", 200, { ...ACTIVE, token_type: "DPoP" }, "proof_of_possession"],
  ["is of an unknown type", 200, { ...ACTIVE, token_type: "mac" }, "not_access_token"],
  ["has expired", 200, { ...ACTIVE, exp: NOW_SECONDS - 6 }, "token_expired"],
  ["is not valid yet", 200, { ...ACTIVE, nbf: NOW_SECONDS + 6 }, "token_not_yet_valid"],
  ["has no sub", 200, { ...ACTIVE, sub: undefined }, "sub_missing"],
  ["is bound to a key", 200, { ...ACTIVE, cnf: { jkt: "x" } }, "proof_of_possession"],
  ["the endpoint rejects with an error", 500, ACTIVE, "keys_unavailable"],
  ["the endpoint describes with a list", 200, [ACTIVE], "token_inactive"],
  ["the endpoint describes with null", 200, null, "keys_unavailable"],
])("denies a token that %s", async (_name, status, body, reason) => {
  scripted = { status, body };
  expect(await authorizer()()).toBe(reason);
});

it("checks the introspection response by the rules of the block", async () => {
  const ask = authorizer({
    claimValues: { iss: { values: ISSUER }, scope: { values: ["write"], matchType: "contains" } },
  });
  expect(await ask()).toBe("allow");
  scripted.body = { ...ACTIVE, scope: "read" };
  expect(await ask()).toBe("claim_mismatch");
});

it("denies a malformed token without introspection", async () => {
  expect(await authorizer()("two words")).toBe("scheme_unsupported");
  expect(await authorizer()("ümlaut")).toBe("token_malformed");
  expect(asked).toEqual([]);
});

it("allows a caller whose introspection response is too large to pass on whole", async () => {
  scripted.body = { ...ACTIVE, groups: "g".repeat(7000) };
  expect(await authorizer()()).toBe("allow");
});
