// One caller taken for another: tokens for other servers and other tenants, identities that stay on a connection, signed identities
// that two callers share, and sessions of somebody else's.
import { generateKeyPairSync, sign as signBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openId, sealId } from "../../functions/core/sealed-id.ts";
import { createIdentitySigner } from "../../functions/platform/identity-signer.ts";
import { authorizerWith } from "../support/authorizer-under-test.ts";
import { JWT_VALIDATION } from "../support/gateway-config.ts";
import { contextOf, principalWith } from "../support/principals.ts";
import { proxyTo } from "../support/proxy-under-test.ts";
import { messageOf, type Recorder, recordedValues, startRecorder } from "../support/recorder-server.ts";
import { AUDIENCE, ISSUER, makeKey, signToken, type TestKey } from "../support/tokens.ts";

let key: TestKey;
let downstream: Recorder;

beforeAll(async () => {
  key = await makeKey();
  downstream = await startRecorder();
});
afterAll(() => downstream.close());
beforeEach(() => downstream.reset());

function block(claimValues: object) {
  return {
    jwks: { keys: [key.publicJwk] },
    claimValues: { ...JWT_VALIDATION.claimValues, ...claimValues },
  };
}

describe("a token for server A sent to server B (class of bug: audience not checked)", () => {
  const aud = (values: string) => ({ aud: { values, matchType: "contains" } });

  it("is allowed only at the server of its audience", async () => {
    const servers = {
      a: { jwt_validation: block(aud(`${AUDIENCE}/a/mcp`)) },
      b: { jwt_validation: block(aud(`${AUDIENCE}/b/mcp`)) },
    };
    const gateway = authorizerWith({ gateway: { jwt_validation: block({}) }, servers });
    const forA = await signToken(key, { aud: `${AUDIENCE}/a/mcp` });
    const statuses = async (token: string) =>
      Promise.all(["a", "b"].map(async (server) => (await gateway.ask(token, server)).status));
    expect(await statuses(forA)).toEqual([200, 401]);
    expect(await statuses(await signToken(key, { aud: [`${AUDIENCE}/b/mcp`, "P2"] }))).toEqual([401, 200]);
    for (const aud of [AUDIENCE, `${AUDIENCE}/a/mcp/`, `${AUDIENCE}/a`, `${AUDIENCE}/A/mcp`, "", null, {}]) {
      expect(await statuses(await signToken(key, { aud }))).toEqual([401, 401]);
    }
  });
});

describe("a token of tenant T1 sent to tenant T2's server (class of bug)", () => {
  it("is denied in every form of the claim", async () => {
    const servers = {
      t1: { jwt_validation: block({ dct: { values: "T1" } }) },
      t2: { jwt_validation: block({ dct: { values: "T2" } }) },
      admin: { jwt_validation: block({ "tenants.T2.roles": { values: "admin", matchType: "contains" } }) },
    };
    const gateway = authorizerWith({ gateway: { jwt_validation: block({}) }, servers });
    const ofT1 = await signToken(key, { dct: "T1", tenants: { T1: { roles: ["admin"] } } });
    expect(await gateway.ask(ofT1, "t1")).toMatchObject({ status: 200, principal: { tenant: "T1" } });
    for (const server of ["t2", "admin"])
      expect(await gateway.ask(ofT1, server)).toMatchObject({ status: 403 });

    for (const claims of [
      { dct: ["T1", "T2"] },
      { dct: { T2: true } },
      { dct: "T2 " },
      { dct: "t2" },
      { nsec: { dct: "T2" } },
      { tenants: { "T2.roles": { admin: true }, T1: { T2: { roles: ["admin"] } } } },
      { tenants: { T2: "", "T2.roles.more": ["admin"], "T1.T2": { roles: ["admin"] } } },
      { tenants: { T2: { roles: { admin: true } } } },
      { tenants: { T2: { roles: "administrator" } } },
      { tenants: [{ T2: { roles: ["admin"] } }] },
    ]) {
      const token = await signToken(key, claims);
      expect((await gateway.ask(token, "t2")).status).toBe(403);
      expect((await gateway.ask(token, "admin")).status).toBe(403);
    }
  });
});

describe("identity shared by users (class of bug: identity bound to a kept-alive connection)", () => {
  it("100 users over shared connections each arrive with their own identity", async () => {
    const tools = { user_identity_forwarding: { method: "claims_header", include_claims: ["sub"] } };
    const proxy = proxyTo(downstream.url, { tools });
    const send = (user: number) => {
      const sub = `U2user${user}`;
      const authorizer = contextOf(principalWith({ sub, claims: { sub } }));
      const body = JSON.stringify({ jsonrpc: "2.0", id: sub, method: "ping" });
      return proxy.send({ authorizer, body });
    };
    for (let user = 0; user < 20; user++) await send(user);
    const responses = await Promise.all(Array.from({ length: 80 }, (_, user) => send(user + 20)));
    expect(responses.map(({ json }) => json.id)).toEqual(responses.map((_, user) => `U2user${user + 20}`));
    expect(downstream.requests).toHaveLength(100);
    for (const request of downstream.requests) {
      const { id } = messageOf(request);
      expect(recordedValues(request, "x-user-claims")).toEqual([`{"sub":"${id}"}`]);
    }
    expect(new Set(downstream.requests.map(({ connection }) => connection)).size).toBeLessThan(100);
  });
});

describe("one signed identity for two users (class of bug: a cache key that omits something)", () => {
  it("callers that differ in any one claim do not share an identity JWT", async () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const sign = createIdentitySigner({
      signingKeyId: async () => "kid-1",
      sign: async (input) => signBytes("sha256", Buffer.from(input), privateKey).toString("base64url"),
      published: async () => [],
    });
    const base = {
      issuer: "https://mcp.example.com",
      audience: "https://tools.example.com/mcp",
      claims: { team: { name: "red", roles: ["a", "b"] } },
      expirySeconds: 300,
      tokenExpiresAt: 2_000_000_000,
      subject: "U2alice",
      tokenIssuer: ISSUER,
      server: "tools",
      now: new Date(1_794_744_000_000),
    };
    const variants = [
      base,
      { ...base, subject: "U2bob" },
      { ...base, tokenIssuer: `${ISSUER}2` },
      { ...base, server: "other" },
      { ...base, audience: "https://other.example.com/mcp" },
      { ...base, claims: { team: { name: "blue", roles: ["a", "b"] } } },
      { ...base, claims: { team: { name: "red", roles: ["b", "a"] } } },
      { ...base, claims: { team: { name: "red", roles: ["a,b"] } } },
      { ...base, claims: { team: { name: "red", roles: ["a", "b"] }, extra: null } },
    ];
    const jwts = await Promise.all(variants.map(sign));
    expect(new Set(jwts).size).toBe(variants.length);
    expect(await sign(base)).toBe(jwts[0]);
  });
});

describe("CVE-2026-33946 (MCP Ruby SDK), CVE-2025-6515 (oatpp-mcp): a session id that suffices as a credential or can be guessed", () => {
  const secret = "a secret of the test's";
  const alice = { sub: "U2alice", issuer: ISSUER, server: "tools", tenant: "T1" };

  it("opens only for its user, of its issuer, at its server", () => {
    const id = sealId(secret, "session", "server-session-1", alice) as string;
    expect(openId([secret], "session", id, alice)).toBe("server-session-1");
    for (const other of [
      { ...alice, sub: "U2bob" },
      { ...alice, issuer: "https://other.example.com" },
      { ...alice, server: "other" },
      { sub: 'U2alice","x', issuer: ISSUER, server: "tools", tenant: "T1" },
    ]) {
      expect(openId([secret], "session", id, other)).toBeUndefined();
    }
    expect(openId(["another secret"], "session", id, alice)).toBeUndefined();
  });

  it.each(["", "1", "0x7ffd00001000", "server-session-1", "../1", "A".repeat(40), "null", "undefined", "*"])(
    "a session id that was never issued is denied and not forwarded: %j",
    async (id) => {
      expect(openId([secret], "session", id, alice)).toBeUndefined();
      const headers = { "Mcp-Session-Id": id };
      const authorizer = contextOf(principalWith());
      const response = await proxyTo(downstream.url).send({ headers, authorizer });
      expect([response.status, response.json.error.data.reason]).toEqual([404, "session_unknown"]);
      expect(downstream.requests).toEqual([]);
    },
  );

  it("a session id with any altered character is denied", () => {
    const id = sealId(secret, "session", "server-session-1", alice) as string;
    for (let at = 0; at < id.length; at++) {
      const altered = id.slice(0, at) + (id[at] === "A" ? "B" : "A") + id.slice(at + 1);
      expect(openId([secret], "session", altered, alice)).toBeUndefined();
    }
  });
});
