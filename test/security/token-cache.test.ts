// Cached verdicts and their keys. Caches of token verification have confused callers with each other.
import { beforeAll, describe, expect, it } from "vitest";
import { authorizerWith } from "../support/authorizer-under-test.ts";
import { JWT_VALIDATION } from "../support/gateway-config.ts";
import { forgeToken, makeKey, NOW_SECONDS, signToken, type TestKey, tokenClaims } from "../support/tokens.ts";

let key: TestKey;

beforeAll(async () => {
  key = await makeKey("RS256", "key-1");
});

function block(claimValues: object = {}) {
  const { jwksUri: _, claimValues: always } = JWT_VALIDATION;
  return { jwks: { keys: [key.publicJwk] }, claimValues: { ...always, ...claimValues } };
}

describe("CVE-2026-35030, GHSA-jjhc-v7c2-5hh6 (LiteLLM): a cache keyed by the first 20 characters of a token", () => {
  it("a token that shares its header and all but its last characters with a cached token is verified separately", async () => {
    const gateway = authorizerWith({ gateway: { jwt_validation: block() } });
    const good = await signToken(key);
    expect(await gateway.ask(good)).toMatchObject({ status: 200 });
    const [header, , signature] = good.split(".");
    const other = forgeToken({}, tokenClaims({ sub: "U2admin" })).split(".")[1];
    expect(await gateway.ask(`${header}.${other}.${signature}`)).toEqual({
      status: 401,
      why: "signature_invalid",
    });
    const changedEnd = `${good.slice(0, -8)}AAAAAAAA`;
    expect(await gateway.ask(changedEnd)).toEqual({ status: 401, why: "signature_invalid" });
    expect(await gateway.ask(good)).toMatchObject({ status: 200 });
  });
});

describe("CVE-2026-35039, GHSA-rp9m-7r4c-75qg (fast-jwt): colliding cache keys that return another token's claims", () => {
  it("200 users of one issuer, audience and second each get their own claims, on the first and the next request", async () => {
    const gateway = authorizerWith({ gateway: { jwt_validation: block() } });
    const users = Array.from({ length: 200 }, (_, index) => `U2user${index}`);
    const tokens = await Promise.all(users.map((sub) => signToken(key, { sub })));
    for (let round = 0; round < 2; round++) {
      const responses = await Promise.all(tokens.map((token) => gateway.ask(token)));
      expect(
        responses.map((response) => (response.status === 200 ? response.principal.sub : response)),
      ).toEqual(users);
    }
  });
});

describe("a verdict by one server's rules used for another server (class of bug: a cache keyed only by the token)", () => {
  it("a token that the open server allows is denied at the strict server, in either order", async () => {
    const servers = {
      open: {},
      strict: { jwt_validation: block({ subscription: { values: "pro" } }) },
    };
    const gateway = authorizerWith({ gateway: { jwt_validation: block() }, servers });
    const token = await signToken(key, { subscription: "free" });
    for (let round = 0; round < 2; round++) {
      expect(await gateway.ask(token, "open")).toMatchObject({ status: 200 });
      expect(await gateway.ask(token, "strict")).toEqual({ status: 403, why: "claim_mismatch" });
    }
  });

  it("the policy of an allowed caller names only that server, so API Gateway's cache allows no other server", async () => {
    const gateway = authorizerWith({ gateway: { jwt_validation: block() } });
    const response = await gateway.ask(await signToken(key));
    expect(response).toMatchObject({
      resource: [
        "arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/prod/*/tools/mcp",
        "arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/prod/*/tools/mcp/",
      ],
    });
  });
});

describe("a cached verdict that is used after its token expired (class of bug)", () => {
  it("is not used after exp and the tolerance", async () => {
    let seconds = NOW_SECONDS;
    const gateway = authorizerWith({ gateway: { jwt_validation: block() } }, () => new Date(seconds * 1_000));
    const token = await signToken(key, { exp: NOW_SECONDS + 60 });
    expect(await gateway.ask(token)).toMatchObject({ status: 200 });
    seconds = NOW_SECONDS + 64;
    expect(await gateway.ask(token)).toMatchObject({ status: 200 });
    seconds = NOW_SECONDS + 66;
    expect(await gateway.ask(token)).toEqual({ status: 401, why: "token_expired" });
  });
});
