import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodePrincipal,
  encodePrincipal,
  type Principal,
  pickClaims,
  principalOf,
} from "../../../functions/core/principal.ts";
import { anyClaims } from "../../support/json-values.ts";
import { tokenClaims } from "../../support/tokens.ts";

const PRINCIPAL: Principal = {
  server: "tools",
  sub: "U2alice",
  issuer: "https://auth.example.com",
  exp: 1_794_747_600,
  tenant: "T1",
  clientId: "C3",
  scopes: ["openid", "mcp"],
  claims: { email: "alice@example.com" },
  admitted: true,
};

function contextOf(principal: Principal) {
  const encoded = encodePrincipal(principal);
  if (!encoded.ok) throw new Error(encoded.denial.actual);
  return encoded.context;
}

function blobOf(overrides: Record<string, unknown>): string {
  const { server, ...blob } = PRINCIPAL;
  return Buffer.from(JSON.stringify({ ...blob, ...overrides })).toString("base64url");
}

describe("principalOf", () => {
  it("contains the claims that the proxy needs and no others", () => {
    const claims = tokenClaims({
      dct: "T1",
      azp: "C3",
      scope: "openid mcp",
      email: "alice@example.com",
      phone: "123",
      tenants: { T1: { roles: ["editor"] }, T2: {} },
    });
    expect(principalOf(claims, "tools", ["email", "tenants.T1.roles", "absent"])).toEqual({
      server: "tools",
      sub: "U2alice",
      issuer: "https://auth.example.com/v1/apps/agentic/P2/MS2",
      exp: 1794747600,
      tenant: "T1",
      clientId: "C3",
      scopes: ["openid", "mcp"],
      claims: { email: "alice@example.com", "tenants.T1.roles": ["editor"] },
    });
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["dct", { dct: "T2", tenants: { T1: {} } }, "T2"],
    ["the only tenant", { tenants: { T1: {} } }, "T1"],
    ["none of several tenants", { tenants: { T1: {}, T2: {} } }, ""],
    ["none without tenants", { tenants: {} }, ""],
    ["none without tenants", {}, ""],
    ["none where tenants are a list", { tenants: ["T1"] }, ""],
    ["none where tenants are a text", { tenants: "T" }, ""],
    ["none for a dct that is not a string", { dct: 5 }, ""],
  ])("uses as the tenant %s", (_, claims, tenant) => {
    expect(principalOf(tokenClaims(claims), "tools", []).tenant).toBe(tenant);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["azp before client_id", { azp: "A", client_id: "B" }, "A"],
    ["client_id", { client_id: "B" }, "B"],
    ["nothing", {}, ""],
  ])("uses as the client id %s", (_, claims, clientId) => {
    expect(principalOf(tokenClaims(claims), "tools", []).clientId).toBe(clientId);
  });

  it("returns an expired principal for a token without exp", () => {
    expect(principalOf({ sub: "U2alice" }, "tools", []).exp).toBe(0);
  });

  it("omits a claim that the token lacks or contains as an empty value", () => {
    const { claims } = principalOf(tokenClaims({ email: "" }), "tools", ["sub", "email", "absent"]);
    expect(Object.keys(claims)).toEqual(["sub"]);
  });

  it("keeps a claim named __proto__ as data", () => {
    const { claims } = principalOf(JSON.parse('{"exp":1,"__proto__":"x"}'), "tools", ["__proto__"]);
    expect(Object.entries(claims)).toEqual([["__proto__", "x"]]);
  });
});

describe("pickClaims", () => {
  const claims = { email: "alice@example.com", tier: "pro" };

  it("returns the named claims, in the order of the names, and no others", () => {
    expect(Object.entries(pickClaims({ claims }, ["tier", "email"]))).toEqual([
      ["tier", "pro"],
      ["email", "alice@example.com"],
    ]);
    expect(pickClaims({ claims }, [])).toEqual({});
  });

  it("omits names that the caller lacks, including names that objects inherit", () => {
    expect(Object.keys(pickClaims({ claims }, ["absent", "toString", "__proto__", "tier"]))).toEqual([
      "tier",
    ]);
  });
});

describe("encodePrincipal", () => {
  it.each([
    ["a quote", 'a"b', "a?b"],
    ["a backslash", "a\\b", "a?b"],
    ["line breaks", "a\r\nb", "a??b"],
    ["what is not ASCII", "aéb", "a?b"],
    ["DEL", "a\x7fb", "a?b"],
    ["a tilde, which stays", "a~b", "a~b"],
  ])(
    "encodes %s so that no access log line can be forged, and the proxy still reads it",
    (_, text, logged) => {
      const context = contextOf({
        ...PRINCIPAL,
        sub: text,
        tenant: text,
        clientId: text,
        scopes: [text, "x"],
      });
      expect(context).toMatchObject({ sub: logged, tenant: logged, clientId: logged, scope: `${logged} x` });
      expect(decodePrincipal(context)).toMatchObject({
        sub: text,
        tenant: text,
        clientId: text,
        scopes: [text, "x"],
      });
    },
  );

  it("accepts a context of exactly 6144 bytes and denies one of 6145", () => {
    const size = (principal: Principal) =>
      Object.entries(contextOf(principal)).reduce((sum, [key, value]) => sum + key.length + value.length, 0);
    // base64url grows by 4 for 3 bytes, the tenant outside the blob by 1: together every size can be met.
    let filler = 4000;
    while (size({ ...PRINCIPAL, claims: { bio: "x".repeat(filler) } }) < 6140) filler += 1;
    const near = { ...PRINCIPAL, claims: { bio: "x".repeat(filler) } };
    const padded = (extra: number) => ({ ...near, server: "s".repeat(5 + extra) });
    const exact = padded(6144 - size(near));
    expect(size(exact)).toBe(6144);
    expect(encodePrincipal({ ...exact, server: `${exact.server}s` })).toEqual({
      ok: false,
      denial: {
        reason: "principal_too_large",
        expected: "at most 6144 bytes",
        actual: "6145 bytes; largest claims: bio",
      },
    });
  });
});

it("reports the largest claims of a principal that is too large", () => {
  const claims = { short: "x", bio: "x".repeat(4000), notes: "x".repeat(3000) };
  expect(encodePrincipal({ ...PRINCIPAL, claims })).toMatchObject({
    denial: { actual: expect.stringMatching(/^\d+ bytes; largest claims: bio, notes, short$/) },
  });
});

describe("decodePrincipal", () => {
  it("returns what was encoded, whatever the claims contain", () => {
    const text = fc.string({ minLength: 1, maxLength: 20 });
    const principal = fc.record({
      server: fc.constant("tools"),
      sub: text,
      issuer: text,
      exp: fc.integer(),
      tenant: text,
      clientId: text,
      scopes: fc.array(text, { maxLength: 5 }),
      claims: anyClaims,
      admitted: fc.boolean(),
    });
    fc.assert(
      fc.property(principal, (value) => {
        const encoded = encodePrincipal(value);
        fc.pre(encoded.ok);
        const decoded = encoded.ok ? decodePrincipal(encoded.context) : undefined;
        const { server, ...rest } = value;
        // Compared as text: equality of objects does not see a member named __proto__.
        expect(JSON.stringify(decoded)).toBe(JSON.stringify({ ...rest, server }));
      }),
    );
  });

  it.each([
    ["nothing", undefined],
    ["null", null],
    ["an empty context", {}],
    ["no server", { principal: blobOf({}) }],
    ["a server that is not a string", { server: 5, principal: blobOf({}) }],
    ["no principal", { server: "tools", sub: "U2alice" }],
    ["a principal that is not a string", { server: "tools", principal: {} }],
    [
      "a principal that is a list of bytes",
      { server: "tools", principal: [...Buffer.from(blobOf({}), "base64url")] },
    ],
    ["an empty principal", { server: "tools", principal: "" }],
    ["no JSON", { server: "tools", principal: "bm9qc29u" }],
    ["JSON null", { server: "tools", principal: "bnVsbA" }],
    ["a JSON number", { server: "tools", principal: "NQ" }],
    ["a JSON list", { server: "tools", principal: "W10" }],
    ["a JSON text", { server: "tools", principal: "IngiCg" }],
    ["an empty sub", { server: "tools", principal: blobOf({ sub: "" }) }],
    ["a sub that is not a string", { server: "tools", principal: blobOf({ sub: 5 }) }],
    ["no sub", { server: "tools", principal: blobOf({ sub: undefined }) }],
    ["no issuer", { server: "tools", principal: blobOf({ issuer: undefined }) }],
    ["no tenant", { server: "tools", principal: blobOf({ tenant: undefined }) }],
    ["no clientId", { server: "tools", principal: blobOf({ clientId: undefined }) }],
    ["no exp", { server: "tools", principal: blobOf({ exp: undefined }) }],
    ["an exp that is a text", { server: "tools", principal: blobOf({ exp: "9999999999" }) }],
    ["scopes that are no list", { server: "tools", principal: blobOf({ scopes: "openid" }) }],
    ["no claims", { server: "tools", principal: blobOf({ claims: null }) }],
    ["claims that are a text", { server: "tools", principal: blobOf({ claims: "x" }) }],
    ["claims that are a list", { server: "tools", principal: blobOf({ claims: [] }) }],
    ["no admitted", { server: "tools", principal: blobOf({ admitted: undefined }) }],
    ["an admitted that is a text", { server: "tools", principal: blobOf({ admitted: "true" }) }],
  ])("denies %s", (_, context) => {
    expect(decodePrincipal(context)).toBeUndefined();
  });

  it("reads the server from the policy's context, not from the encoded principal", () => {
    const context = { server: "tools", principal: blobOf({}) };
    expect(decodePrincipal(context)).toEqual(PRINCIPAL);
  });

  it("does not let a member of the encoded principal change the server", () => {
    const context = { server: "tools", principal: blobOf({ server: "other" }) };
    expect(decodePrincipal(context)?.server).toBe("tools");
  });
});

describe("numbers with digits that a double would lose", () => {
  const withUserId = (digits: string): Principal => ({
    ...PRINCIPAL,
    claims: { user_id: JSON.rawJSON(digits), deep: [{ n: JSON.rawJSON("1.0") }] },
  });

  it("reach the proxy as they were in the token", () => {
    const decoded = decodePrincipal(contextOf(withUserId("1162345678901234567")));
    expect(JSON.stringify(decoded?.claims)).toBe('{"user_id":1162345678901234567,"deep":[{"n":1.0}]}');
  });

  it("distinguish two users", () => {
    const contexts = ["1162345678901234567", "1162345678901234568"].map(
      (id) => contextOf(withUserId(id)).principal,
    );
    expect(contexts[0]).not.toBe(contexts[1]);
  });

  it("are accepted as the expiry of the token, which is an ordinary number in the proxy", () => {
    const { exp } = principalOf({ sub: "U2", exp: JSON.rawJSON("1794747600.0") }, "tools", []);
    expect(exp).toBe(1_794_747_600);
  });

  it("are not accepted as tenants", () => {
    expect(principalOf({ sub: "U2", exp: 1, tenants: JSON.rawJSON("1.0") }, "tools", []).tenant).toBe("");
  });

  it("are accepted at the maximum depth of a token", () => {
    let claim: unknown = JSON.rawJSON("1.0");
    for (let level = 0; level < 63; level++) claim = [claim];
    expect(decodePrincipal(contextOf({ ...PRINCIPAL, claims: { claim } }))?.claims).toEqual({ claim });
  });
});
