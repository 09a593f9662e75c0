// Every way in which a token can fail, against the running gateway. Checked are the response on the wire and
// that nothing reached the upstream.
import { createHmac } from "node:crypto";
import { type CryptoKey, exportSPKI, importJWK } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type GatewayStand, startStand } from "../support/gateway-stand.ts";
import { closedPort } from "../support/loopback-server.ts";
import { jsonOf, sendMcp } from "../support/mcp-request.ts";
import { valuesOf } from "../support/raw-http.ts";
import { forgeToken, makeKey, signToken } from "../support/tokens.ts";

let stand: GatewayStand;

beforeAll(async () => {
  const closedUrl = `http://127.0.0.1:${await closedPort()}/keys`;
  stand = await startStand(({ jwtValidation }) => {
    const rulesWith = (claimValues: object, requiredClaims: string[] = []) => ({
      ...jwtValidation,
      requiredClaims,
      claimValues: { ...jwtValidation.claimValues, ...claimValues },
    });
    return {
      gateway: { scopes_supported: ["openid"] },
      servers: {
        tools: {},
        closed: { enabled: false },
        strict: { jwt_validation: rulesWith({ subscription: { values: "pro" } }, ["email"]) },
        elsewhere: { jwt_validation: rulesWith({ aud: { values: "https://other.example.com" } }) },
        keyless: {
          jwt_validation: {
            jwksUri: closedUrl,
            claimValues: { iss: { values: "https://elsewhere.example.com" } },
          },
        },
      },
    };
  });
});
afterAll(() => stand?.close());
beforeEach(() => stand.recorder.reset());

const seconds = () => Math.floor(Date.now() / 1000);
const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** Claims of a valid token. */
const goodClaims = () => ({
  iss: stand.issuer.issuer,
  aud: stand.issuer.audience,
  sub: "U2alice",
  iat: seconds() - 10,
  exp: seconds() + 3600,
});

async function withOtherKey(kid: string): Promise<string> {
  return signToken(await makeKey("RS256", kid), goodClaims());
}

async function withPublicKeyAsSecret(): Promise<string> {
  const spki = await exportSPKI((await importJWK(stand.issuer.key.publicJwk, "RS256")) as CryptoKey);
  const signed = `${base64url({ alg: "HS256", kid: stand.issuer.key.kid })}.${base64url(goodClaims())}`;
  return `${signed}.${createHmac("sha256", spki).update(signed).digest("base64url")}`;
}

async function altered(): Promise<string> {
  const [header, , signature] = (await stand.issuer.token()).split(".");
  return `${header}.${base64url({ ...goodClaims(), sub: "U2admin" })}.${signature}`;
}

const bearer = async (token: string | Promise<string>) => ["Authorization", `Bearer ${await token}`];

type Case = [name: string, headers: () => string[] | Promise<string[]>];

const UNAUTHORIZED: Case[] = [
  ["no Authorization header", () => []],
  ["an empty Authorization header", () => ["Authorization", ""]],
  ["a scheme without a token", () => ["Authorization", "Bearer"]],
  ["another scheme", async () => ["Authorization", `Basic ${await stand.issuer.token()}`]],
  ["a token without a scheme", async () => ["Authorization", await stand.issuer.token()]],
  ["a word instead of a token", () => bearer("token")],
  [
    "two tokens in one header",
    async () => bearer(`${await stand.issuer.token()} ${await stand.issuer.token()}`),
  ],
  [
    "two Authorization headers",
    async () => [...(await bearer(stand.issuer.token())), ...(await bearer(stand.issuer.token()))],
  ],
  ["an expired token", () => bearer(stand.issuer.token({ exp: seconds() - 60 }))],
  ["a token without exp", () => bearer(stand.issuer.token({ exp: undefined }))],
  ["a token that is not valid yet", () => bearer(stand.issuer.token({ nbf: seconds() + 600 }))],
  ["a token issued in the future", () => bearer(stand.issuer.token({ iat: seconds() + 600 }))],
  ["another issuer", () => bearer(stand.issuer.token({ iss: "https://evil.example.com" }))],
  ["the issuer with a trailing slash", () => bearer(stand.issuer.token({ iss: `${stand.issuer.issuer}/` }))],
  ["no issuer", () => bearer(stand.issuer.token({ iss: undefined }))],
  ["another audience", () => bearer(stand.issuer.token({ aud: "https://other.example.com" }))],
  ["no audience", () => bearer(stand.issuer.token({ aud: undefined }))],
  ["no sub", () => bearer(stand.issuer.token({ sub: undefined }))],
  ["an empty sub", () => bearer(stand.issuer.token({ sub: "" }))],
  ["another key under the known kid", () => bearer(withOtherKey(stand.issuer.key.kid))],
  ["an unknown kid", () => bearer(withOtherKey("unknown"))],
  ["no kid", () => bearer(stand.issuer.token({}, { kid: undefined }))],
  ["altered claims", () => bearer(altered())],
  ["alg none", () => bearer(forgeToken({ alg: "none", kid: stand.issuer.key.kid }, goodClaims()))],
  ["alg none without a signature", () => bearer(forgeToken({ alg: "none" }, goodClaims(), ""))],
  ["HS256 with the public key as its secret", () => bearer(withPublicKeyAsSecret())],
  ["a crit header", () => bearer(stand.issuer.token({}, { crit: ["b64"], b64: true }))],
  ["a Descope refresh token", () => bearer(stand.issuer.token({ drn: "DSR" }))],
  ["a token bound to a key (cnf)", () => bearer(stand.issuer.token({ cnf: { jkt: "thumbprint" } }))],
];

describe("the gateway responds with 401 and a challenge", () => {
  it.each(UNAUTHORIZED)("for %s", async (_name, headers) => {
    const response = await sendMcp(stand.endpoint("tools"), { headers: await headers() });
    expect(response.status).toBe(401);
    expect(valuesOf(response, "WWW-Authenticate")).toEqual([`Bearer realm="${stand.url}"`]);
    expect(valuesOf(response, "Content-Type")).toEqual(["application/json"]);
    expect(jsonOf(response)).toEqual({
      jsonrpc: "2.0",
      id: null,
      error: {
        code: 401,
        message: expect.stringContaining("Bearer <token>"),
        data: { reason: "unauthorized", request_id: expect.stringMatching(/^[0-9a-f-]{36}$/) },
      },
    });
    expect(stand.recorder.requests).toEqual([]);
  });

  it.each(["GET", "DELETE", "PUT", "PATCH", "HEAD"])("for %s without a token", async (method) => {
    const response = await sendMcp(stand.endpoint("tools"), { method, body: null });
    expect(response.status).toBe(401);
    expect(stand.recorder.requests).toEqual([]);
  });
});

describe("a server that is unknown or disabled", () => {
  it.each(["unlisted", "closed"])(
    "responds like a denied server without a valid token (%s)",
    async (server) => {
      const known = await sendMcp(stand.endpoint("tools"), { token: await withOtherKey("unknown") });
      const response = await sendMcp(stand.endpoint(server), { token: await withOtherKey("unknown") });
      expect(response.status).toBe(401);
      const shape = ({ headers, body }: typeof response) => [
        headers.map(([name]) => name),
        body.replace(/"request_id":"[^"]+"/, ""),
      ];
      expect(shape(response)).toEqual(shape(known));
    },
  );

  it.each([
    ["64 characters", "a".repeat(64)],
    ["460 characters", "a".repeat(460)],
    ["1,500 characters", "a".repeat(1_500)],
    ["encoded characters", "%C3%A9%20%2A"],
  ])("responds with 404 with a valid token, and 401 without one, to a name of %s", async (_, server) => {
    const response = await sendMcp(stand.endpoint(server), { token: await stand.issuer.token() });
    expect([response.status, jsonOf(response).error?.data?.reason]).toEqual([404, "unknown_server"]);
    expect((await sendMcp(stand.endpoint(server), {})).status).toBe(401);
    expect(stand.recorder.requests).toEqual([]);
  });

  it.each(["unlisted", "closed"])("responds with 404 to a valid token (%s)", async (server) => {
    const response = await sendMcp(stand.endpoint(server), { token: await stand.issuer.token() });
    expect(response.status).toBe(404);
    expect(jsonOf(response).error).toMatchObject({ code: 404, data: { reason: "unknown_server" } });
    expect(stand.recorder.requests).toEqual([]);
  });
});

describe("token rules for a verified user", () => {
  // An ARN of more than 512 characters is invalid in a policy.
  it.each(["tools", "a".repeat(700)])(
    "respond with 403 to a token that is too long, at /%s/mcp",
    async (name) => {
      const response = await sendMcp(stand.endpoint(name), { headers: await bearer("x".repeat(8_200)) });
      expect([response.status, jsonOf(response).error.data.reason]).toEqual([403, "token_too_long"]);
    },
  );

  it.each([
    [{}, "claim_missing", "email"],
    [{ email: "", subscription: "pro" }, "claim_missing", "email"],
    [{ email: "a@example.com", subscription: "free" }, "claim_mismatch", "subscription"],
    [{ email: "a@example.com", subscription: ["pro", "free"] }, "claim_mismatch", "subscription"],
    [{ email: "a@example.com" }, "claim_mismatch", "subscription"],
  ])("respond with 403 and the reason for %j", async (claims, reason, claim) => {
    const response = await sendMcp(stand.endpoint("strict"), { token: await stand.issuer.token(claims) });
    expect(response.status).toBe(403);
    expect(valuesOf(response, "WWW-Authenticate")).toEqual([]);
    expect(jsonOf(response).error).toMatchObject({
      code: 403,
      message: expect.stringContaining(`"${claim}"`),
      data: { reason },
    });
    expect(stand.recorder.requests).toEqual([]);
  });
});

describe("one token at two servers with different rules", () => {
  const visit = async (server: string, token: string) =>
    (await sendMcp(stand.endpoint(server), { token })).status;

  it.each([
    [
      ["tools", "strict", "elsewhere", "tools", "strict", "elsewhere"],
      [200, 403, 401, 200, 403, 401],
    ],
    [
      ["elsewhere", "strict", "tools", "strict", "elsewhere", "tools"],
      [401, 403, 200, 403, 401, 200],
    ],
  ])("is never allowed at the strict server, in the order %j", async (servers, expected) => {
    const token = await stand.issuer.token({ jti: servers.join() });
    const statuses: number[] = [];
    for (const server of servers) statuses.push(await visit(server, token));
    expect(statuses).toEqual(expected);
    expect(stand.recorder.requests).toHaveLength(2);
  });

  it("is never allowed at the strict server with concurrent requests", async () => {
    const token = await stand.issuer.token({ jti: "at once" });
    const servers = Array.from({ length: 60 }, (_, at) => ["tools", "strict", "elsewhere"][at % 3] as string);
    const statuses = await Promise.all(servers.map((server) => visit(server, token)));
    const expected: Record<string, number> = { tools: 200, strict: 403, elsewhere: 401 };
    expect(statuses).toEqual(servers.map((server) => expected[server]));
    expect(stand.recorder.requests).toHaveLength(20);
  });

  it.each([
    "/%73trict/mcp",
    "/STRICT/mcp",
    "/strict/mcp/",
    "//strict/mcp",
    "/./strict/mcp",
    "/tools/../strict/mcp",
    "/tools/mcp/../../strict/mcp",
    "/tools%2F..%2Fstrict/mcp",
    "/strict;x/mcp",
    "/strict%00/mcp",
    "/strict%20/mcp",
    "/strict/%6dcp",
    "/strict/mcp?server=tools",
    "/*/mcp",
    "/strict*/mcp",
    "/?/mcp",
  ])("is never allowed at the strict server by another spelling of its path: %s", async (path) => {
    const token = await stand.issuer.token({ jti: "spelling" });
    const { status } = await sendMcp(`${stand.url}${path}`, { token });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(stand.recorder.requests).toEqual([]);
  });

  it("is allowed at the strict server for a user whose claims match its rules", async () => {
    const token = await stand.issuer.token({ email: "a@example.com", subscription: "pro" });
    expect(await visit("strict", token)).toBe(200);
  });
});

describe("before any request to an upstream, the gateway", () => {
  it.each([
    ["/", undefined],
    ["/tools", undefined],
    ["/tools/mcp/more", undefined],
    ["/tools/sse", undefined],
    ["/tools", "valid"],
    ["/tools/mcp/more", "valid"],
  ])("responds with 404 on the unknown route %s (token: %s)", async (path, token) => {
    const response = await sendMcp(`${stand.url}${path}`, token ? { token: await stand.issuer.token() } : {});
    expect(response.status).toBe(404);
    expect(jsonOf(response).error).toMatchObject({ code: 404, data: { reason: "not_found" } });
    expect(stand.recorder.requests).toEqual([]);
  });

  it("responds with 503 if the keys cannot be read", async () => {
    const token = await signToken(stand.issuer.key, {
      ...goodClaims(),
      iss: "https://elsewhere.example.com",
    });
    const response = await sendMcp(stand.endpoint("keyless"), { token });
    expect(response.status).toBe(503);
    expect(valuesOf(response, "Retry-After")).toEqual(["5"]);
    expect(jsonOf(response).error).toMatchObject({ code: 503, data: { reason: "authorizer_unavailable" } });
    expect(stand.recorder.requests).toEqual([]);
  });

  it("allows the valid token, so that the denials above are meaningful", async () => {
    const response = await sendMcp(stand.endpoint("tools"), { token: await stand.issuer.token() });
    expect([response.status, response.body]).toEqual([200, '{"jsonrpc":"2.0","id":1,"result":{}}']);
    expect(stand.recorder.requests).toHaveLength(1);
  });
});
