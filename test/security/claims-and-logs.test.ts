// Claims are text from outside: as names of properties, as food for patterns, as part of a log line.
import { beforeAll, describe, expect, it } from "vitest";
import { claimMatches, readClaim } from "../../functions/core/claims.ts";
import { compilePattern } from "../../functions/core/config/claim-rules.ts";
import { asciiJson } from "../../functions/core/identity-header.ts";
import { identityJwtPayload } from "../../functions/core/identity-jwt.ts";
import { accessLogFormat } from "../../infra/constructs/access-log.ts";
import { authorizerWith } from "../support/authorizer-under-test.ts";
import { JWT_VALIDATION } from "../support/gateway-config.ts";
import { contextOf, principalWith } from "../support/principals.ts";
import { proxyTo } from "../support/proxy-under-test.ts";
import { claimRule } from "../support/rules.ts";
import { makeKey, NOW, signPayload, signToken, type TestKey, tokenClaims } from "../support/tokens.ts";

let key: TestKey;

beforeAll(async () => {
  key = await makeKey();
});

const gatewayWith = (claimValues: object = {}) =>
  authorizerWith({
    gateway: {
      jwt_validation: {
        jwks: { keys: [key.publicJwk] },
        claimValues: { ...JWT_VALIDATION.claimValues, ...claimValues },
      },
    },
  });

describe("prototype pollution by claim names (class of bug)", () => {
  it("a claim named __proto__ adds nothing to the token's claims", async () => {
    const { sub: _, ...withoutSub } = tokenClaims();
    const payload = `${JSON.stringify(withoutSub).slice(0, -1)},"__proto__":{"sub":"U2admin","role":"admin"}}`;
    expect(await gatewayWith().ask(await signPayload(key, payload))).toEqual({
      status: 401,
      why: "sub_missing",
    });
    const withRole = `${JSON.stringify(tokenClaims()).slice(0, -1)},"__proto__":{"role":"admin"}}`;
    const gateway = gatewayWith({ role: { values: "admin" } });
    expect(await gateway.ask(await signPayload(key, withRole))).toEqual({
      status: 403,
      why: "claim_mismatch",
    });
    expect(({} as Record<string, unknown>)["role"]).toBeUndefined();
  });

  it.each([
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "tenants.__proto__",
    "tenants.constructor.name",
  ])("%s is not read as a claim of an ordinary token", (name) => {
    expect(readClaim(tokenClaims({ tenants: { T1: {} } }), name)).toBeUndefined();
    expect(claimMatches(tokenClaims(), claimRule(name, "Object"))).toBe(false);
  });

  it("an identity made of such claims contains them as data", () => {
    const claims = JSON.parse(
      '{"__proto__":{"iss":"https://evil.example.com"},"iss":"https://evil.example.com"}',
    );
    const payload = identityJwtPayload({
      issuer: "https://mcp.example.com",
      audience: "https://tools.example.com",
      claims,
      expirySeconds: 300,
      tokenExpiresAt: 2_000_000_000,
      jwtId: "1",
      now: NOW,
    });
    expect(payload["iss"]).toBe("https://mcp.example.com");
    expect(Object.getPrototypeOf(payload)).toBe(Object.prototype);
  });
});

describe("CVE-2026-35041, GHSA-cjw9-ghj4-fwxf (fast-jwt): a claim that makes a pattern backtrack", () => {
  it.each(["^(a+)+X$", "^(a|a)*X$", "(a*)*X", "^(([a-z])+.)+[A-Z]([a-z])+$", "(.*)(.*)(.*)(.*)(.*)X"])(
    "%s on 100,000 characters is matched without delay",
    (pattern) => {
      const compiled = compilePattern(pattern);
      if (!compiled.ok) throw new Error(compiled.message);
      // A backtracking engine would not come back from this in the life of the machine.
      expect(compiled.test("a".repeat(100_000))).toBe(false);
    },
  );

  it.each(["(?=a)a", "(a)\\1", "(?<!a)b"])(
    "%s, which needs backtracking, is rejected in the configuration",
    (pattern) => {
      expect(compilePattern(pattern).ok).toBe(false);
    },
  );
});

describe("GHSA-3j8v-cgw4-2g6q (fast-jwt): a stateful regular expression", () => {
  it("produces the same result for the same token every time", async () => {
    const gateway = gatewayWith({ email: { values: "@example\\.com$", matchType: "regex" } });
    const token = await signToken(key, { email: "alice@example.com" });
    for (let round = 0; round < 4; round++) expect(await gateway.ask(token)).toMatchObject({ status: 200 });
  });
});

describe("log injection (class of bug: CWE-117)", () => {
  const forged = 'U2alice"}\r\n{"level":"INFO","decision":"allow","sub":"U2admin"}\u2028\u0000\u001b[2J';

  it("no value that the gateway writes into the access log can end its field or the line", async () => {
    const response = await gatewayWith().ask(await signToken(key, { sub: forged, dct: forged, azp: forged }));
    expect(response).toMatchObject({ status: 200 });
    if (response.status !== 200) return;
    const { sub, tenant, clientId, scope } = contextOf(response.principal);
    for (const value of [sub, tenant, clientId, scope])
      expect(value).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/);
    expect(response.principal.sub).toBe(forged);
  });

  it.each([
    ["quotes", 'x","status":"200","sub":"U2admin'],
    ["a line break", 'x\n{"requestId":"forged"}'],
    ["a backslash", "x\\"],
    ["C1 and bidirectional characters", "x\u0085\u009b2J\u202e"],
    ["460 characters", "x".repeat(460)],
    ["a lone surrogate", "x\ud800"],
    ["a name of an object's own", "__proto__"],
  ])("a server name with %s forges nothing in the access log and gets 404", async (_name, server) => {
    const token = await signToken(key);
    const response = await gatewayWith().ask(token, server);
    expect(response).toMatchObject({ status: 200, principal: { admitted: false } });
    if (response.status !== 200) return;
    const context = contextOf(response.principal);
    const format = JSON.parse(accessLogFormat().toString()) as Record<string, string>;
    const line = JSON.stringify(format).replace(/\$context\.authorizer\.(\w+)/g, (_all, name: string) =>
      String(context[name as keyof typeof context] ?? "-"),
    );
    expect(line).toMatch(/^[\x20-\x7e]*$/);
    expect(Object.keys(JSON.parse(line))).toEqual(Object.keys(format));
    expect(JSON.parse(line).status).toBe("$context.status");
    const headers = { authorization: `Bearer ${token}` };
    const proxied = await proxyTo("http://127.0.0.1:1/mcp").send({ server, headers, authorizer: context });
    expect([proxied.status, proxied.json.error.data.reason]).toEqual([404, "unknown_server"]);
  });

  it("the access log contains nothing from a client except values that the authorizer wrote and HTTP tokens", () => {
    const format = accessLogFormat().toString();
    const variables = [...format.matchAll(/\$context\.([\w.]+)/g)].map(([, name]) => name);
    const clients =
      /^(?:path|protocol|domainName|identity\.userAgent|identity\.user|error\.message.*|integration\.error|.*[eE]rrorMessage|authorize\.error|authorizer\.error|requestOverride.*)$/;
    expect(variables.filter((name) => clients.test(name ?? ""))).toEqual([]);
  });

  it("the challenge for an expired token contains no part of a server name that could end the header", async () => {
    const server = 'x"\r\nX-Admin: 1';
    const context = contextOf(principalWith({ server, admitted: false, exp: 1 }));
    const { status, headers } = await proxyTo("http://127.0.0.1:1/mcp").send({ server, authorizer: context });
    expect(status).toBe(401);
    expect(JSON.stringify(headers)).not.toContain("X-Admin");
  });

  it("the audit line is one line of JSON for any caller and message", async () => {
    const method = `tools/call${forged}`;
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: { name: forged } });
    const proxy = proxyTo("http://127.0.0.1:1/mcp");
    const { audit } = await proxy.send({ body, authorizer: contextOf(principalWith({ sub: forged })) });
    expect(JSON.stringify(audit)).not.toMatch(/[\r\n]/);
    expect(JSON.parse(JSON.stringify(audit))).toMatchObject({
      mcp_method: method,
      mcp_name: forged,
      sub: forged,
    });
  });

  it("a name of a megabyte does not make the audit line larger than a log event may be", async () => {
    const long = "x".repeat(1_000_000);
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: long } });
    const { audit } = await proxyTo("http://127.0.0.1:1/mcp").send({
      body,
      authorizer: contextOf(principalWith()),
    });
    expect(JSON.stringify(audit).length).toBeLessThan(4_000);
    expect(audit).toMatchObject({ mcp_method: "tools/call", mcp_name: `${"x".repeat(256)}…` });
  });

  it("the audit line lists every message of a batch, not only the first", async () => {
    const tools = { tool_authorization: { admin: { required_scopes: ["admin"] } } };
    const messages = [
      { jsonrpc: "2.0", id: 1, method: "ping" },
      { jsonrpc: "2.0", id: 2, method: "tools/call", params: { name: "open" } },
      { jsonrpc: "2.0", id: 3, method: "resources/read", params: { uri: "file:///a" } },
    ];
    const { audit } = await proxyTo("http://127.0.0.1:1/mcp", { tools }).send({
      body: JSON.stringify(messages),
      authorizer: contextOf(principalWith()),
    });
    expect(audit).toMatchObject({
      mcp_method: "ping",
      mcp_batch: ["ping", "tools/call open", "resources/read file:///a"],
    });
  });
});

describe("a claim that ends a header (class of bug: CRLF and NUL)", () => {
  it.each(["\r\nX-Admin: 1", "\n", "\r", "\u0000", "\u2028", "\u0085", "\ud800", "李😀", '"', "\\"])(
    "%j in a claim is sent as one line of ASCII that parses to the same value",
    (text) => {
      const value = asciiJson({ name: `a${text}b` });
      expect(value).toMatch(/^[\x20-\x7e]*$/);
      expect(JSON.parse(value)).toEqual({ name: `a${text}b` });
    },
  );
});
