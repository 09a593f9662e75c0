// Tokens against rules at the running gateway: the response to each token by each rule.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GatewayStand, startStand } from "../support/gateway-stand.ts";
import { jsonOf, sendMcp } from "../support/mcp-request.ts";
import { OTHER_ISSUER, type RuleSources, startRuleSources } from "../support/rule-servers.ts";
import { signToken } from "../support/tokens.ts";

let stand: GatewayStand;
let sources: RuleSources;
let number = 0;

beforeAll(async () => {
  sources = await startRuleSources();
  stand = await startStand((issuer) => ({ servers: sources.servers(issuer) }));
});
afterAll(async () => {
  await stand?.close();
  await sources?.close();
});

const now = () => Math.floor(Date.now() / 1000);
type Claims = Record<string, unknown>;

/** Good claims at the stand's own issuer, different in each token so that no response is cached. */
function claimsOf(overrides: Claims): Claims {
  number += 1;
  const times = { iat: now() - 10, exp: now() + 3600, jti: String(number) };
  return { iss: stand.issuer.issuer, aud: stand.issuer.audience, sub: "U2alice", ...times, ...overrides };
}

async function ask(server: string, token: string): Promise<string> {
  const response = await sendMcp(stand.endpoint(server), { token });
  const reason = response.status === 403 ? ` ${jsonOf(response).error.data.reason}` : "";
  return `${response.status}${reason}`;
}

const withOwnKey = (claims: Claims, header: Claims = {}) =>
  signToken(stand.issuer.key, claimsOf(claims), header);
const withTwin = (claims: Claims, header: Claims = {}) =>
  signToken(sources.twin, claimsOf({ iss: OTHER_ISSUER, aud: undefined, ...claims }), header);
const withCurve = (claims: Claims) =>
  signToken(sources.curve, claimsOf({ iss: OTHER_ISSUER, aud: undefined, ...claims }));
const withInline = (claims: Claims) => signToken(sources.inline, claimsOf(claims));
const opaque = (claims: Claims) =>
  Promise.resolve(
    Buffer.from(JSON.stringify(claimsOf({ active: true, iss: OTHER_ISSUER, ...claims }))).toString(
      "base64url",
    ),
  );

type Row = [what: string, claims: Claims | (() => Claims), expected: string];
const MISMATCH = "403 claim_mismatch";
const MISSING = "403 claim_missing";

function table(server: string, rows: Row[], make: (claims: Claims) => Promise<string> = withOwnKey): void {
  describe(server, () => {
    it.each(rows)("responds as expected to a token with %s", async (_what, claims, expected) => {
      expect(await ask(server, await make(typeof claims === "function" ? claims() : claims))).toBe(expected);
    });
  });
}

table("plain", [
  ["a good token", {}, "200"],
  ["several audiences", { aud: ["https://x.example.com", "https://mcp.example.com"] }, "200"],
  ["the audience as the only one of a list", { aud: ["https://mcp.example.com"] }, "200"],
  ["another audience", { aud: "https://other.example.com" }, "401"],
  ["the audience with a slash", { aud: "https://mcp.example.com/" }, "401"],
  ["the audience in other case", { aud: "https://MCP.example.com" }, "401"],
  ["a part of the audience", { aud: "https://mcp.example" }, "401"],
  ["no audience", { aud: undefined }, "401"],
  ["an empty audience", { aud: "" }, "401"],
  ["an audience that is an object", { aud: { "https://mcp.example.com": true } }, "401"],
  ["another issuer", { iss: OTHER_ISSUER }, "401"],
  ["the issuer with a slash", () => ({ iss: `${stand.issuer.issuer}/` }), "401"],
  ["the issuer and more", () => ({ iss: `${stand.issuer.issuer}/other` }), "401"],
  ["two issuers", () => ({ iss: [stand.issuer.issuer, OTHER_ISSUER] }), "401"],
  ["no issuer", { iss: undefined }, "401"],
  ["no exp", { exp: undefined }, "401"],
  ["exp as text", () => ({ exp: String(now() + 3600) }), "401"],
  ["an exp that has passed", () => ({ exp: now() - 30 }), "401"],
  ["a long expired exp", { exp: 1 }, "401"],
  ["a negative exp", { exp: -1 }, "401"],
  ["an exp of null", { exp: null }, "401"],
  ["an nbf in the future", () => ({ nbf: now() + 60 }), "401"],
  ["an nbf that has passed", () => ({ nbf: now() - 60 }), "200"],
  ["an nbf as text", { nbf: "0" }, "401"],
  ["an iat in the future", () => ({ iat: now() + 60 }), "401"],
  ["no iat", { iat: undefined }, "200"],
  ["an old iat", { iat: 1 }, "200"],
  ["an iat as text", { iat: "1" }, "401"],
  ["no sub", { sub: undefined }, "401"],
  ["an empty sub", { sub: "" }, "401"],
  ["a blank sub", { sub: "  " }, "401"],
  ["a sub that is a number", { sub: 7 }, "401"],
  ["a sub that is a list", { sub: ["U2alice"] }, "401"],
  ["a refresh token", { drn: "DSR" }, "401"],
  ["a session", { drn: "DS" }, "200"],
  ["proof of possession", { cnf: { jkt: "x" } }, "401"],
  ["an empty cnf", { cnf: {} }, "401"],
  ["claims that the client set", { nsec: { plan: "pro" } }, "200"],
]);

table("exact-text", [
  ["the value", { plan: "pro" }, "200"],
  ["the value alone in a list", { plan: ["pro"] }, "200"],
  ["another value", { plan: "free" }, MISMATCH],
  ["the value in other case", { plan: "Pro" }, MISMATCH],
  ["the value and a space", { plan: "pro " }, MISMATCH],
  ["more than the value", { plan: "professional" }, MISMATCH],
  ["the value and another", { plan: ["pro", "free"] }, MISMATCH],
  ["the value twice", { plan: ["pro", "pro"] }, MISMATCH],
  ["an object", { plan: { pro: true } }, MISMATCH],
  ["a list in a list", { plan: [["pro"]] }, MISMATCH],
  ["null", { plan: null }, MISMATCH],
  ["an empty text", { plan: "" }, MISMATCH],
  ["an empty list", { plan: [] }, MISMATCH],
  ["nothing", {}, MISMATCH],
  ["the value set by the client", { nsec: { plan: "pro" } }, MISMATCH],
]);

table("exact-number", [
  ["the number", { level: 5 }, "200"],
  ["the number as text", { level: "5" }, "200"],
  ["another number", { level: 6 }, MISMATCH],
  ["a number close by", { level: 5.5 }, MISMATCH],
  ["the number with a zero", { level: "05" }, MISMATCH],
]);

table("exact-flag", [
  ["true", { beta: true }, "200"],
  ["true as text", { beta: "true" }, "200"],
  ["false", { beta: false }, MISMATCH],
  ["1", { beta: 1 }, MISMATCH],
]);

table("any-of", [
  ["one of them", { roles: ["viewer", "editor"] }, "200"],
  ["one of them as text", { roles: "admin" }, "200"],
  ["both", { roles: ["editor", "admin"] }, "200"],
  ["none", { roles: ["viewer"] }, MISMATCH],
  ["a text that holds one", { roles: "administrator" }, MISMATCH],
  ["one of them in a text with others", { roles: "viewer editor" }, MISMATCH],
  ["one of them within an object", { roles: [{ name: "admin" }] }, MISMATCH],
  ["an empty list", { roles: [] }, MISMATCH],
]);

table("all-of", [
  ["all of them", { roles: ["admin", "editor"] }, "200"],
  ["all of them and more", { roles: ["x", "editor", "admin"] }, "200"],
  ["one of them", { roles: ["admin"] }, MISMATCH],
  ["one of them twice", { roles: ["admin", "admin"] }, MISMATCH],
  ["nothing", {}, MISMATCH],
]);

table("pattern", [
  ["a match", { email: "alice@example.com" }, "200"],
  ["a match among others", { email: ["x@y.z", "alice@example.com"] }, "200"],
  ["no match", { email: "alice@example.org" }, MISMATCH],
  ["a match that goes on", { email: "alice@example.com.evil.org" }, MISMATCH],
  ["a match before a line break", { email: "alice@example.com\n" }, MISMATCH],
  ["another sign for the dot", { email: "alice@exampleXcom" }, MISMATCH],
  ["a long text", { email: `${"a".repeat(3000)}@example.org` }, MISMATCH],
  ["an object", { email: { toString: "alice@example.com" } }, MISMATCH],
]);

table("unanchored", [
  ["a match in the middle", { groups: "the-admins" }, "200"],
  ["no match", { groups: "ADMIN" }, MISMATCH],
]);

table("scoped", [
  ["both scopes in a text", { scope: "openid write read" }, "200"],
  ["both scopes in a list", { scope: ["read", "write"] }, "200"],
  ["both scopes with two spaces", { scope: "read  write" }, "200"],
  ["one scope", { scope: "read" }, MISMATCH],
  ["scopes that begin alike", { scope: "reader writer" }, MISMATCH],
  ["permissions in place of scopes", { permissions: ["read", "write"] }, MISMATCH],
  ["both scopes with a comma", { scope: "read,write" }, MISMATCH],
]);

table("scp", [
  ["the scope in a text", { scp: "read write" }, "200"],
  ["the scope in a list", { scp: ["read"] }, "200"],
  ["the scope in scope", { scope: "read" }, MISMATCH],
]);

table("path", [
  ["the role in the tenant", { tenants: { T2abc: { roles: ["editor"] } } }, "200"],
  ["the role in another tenant", { tenants: { T2xyz: { roles: ["editor"] } } }, MISMATCH],
  ["another role", { tenants: { T2abc: { roles: ["viewer"] } } }, MISMATCH],
  ["the role for all tenants", { roles: ["editor"] }, MISMATCH],
  ["a tenant without roles", { tenants: { T2abc: {} } }, MISMATCH],
  ["tenants as a list", { tenants: ["T2abc"] }, MISMATCH],
  ["the path as the claim's name", { "tenants.T2abc.roles": ["editor"] }, "200"],
]);

table("dotted", [
  ["the claim", { "https://example.com/app.role": "admin" }, "200"],
  ["a path of that name", { "https://example": { "com/app": { role: "admin" } } }, "200"],
  ["another value", { "https://example.com/app.role": "user" }, MISMATCH],
]);

table("proto", [
  ["only inherited properties", {}, MISSING],
  ["the claim", { constructor: "x" }, "200"],
]);

table("required", [
  ["all of them", { email: "a@b.c", address: { city: "Rome" } }, "200"],
  ["a false one", { email: false, address: { city: 0 } }, "200"],
  ["no email", { address: { city: "Rome" } }, MISSING],
  ["an empty email", { email: "", address: { city: "Rome" } }, MISSING],
  ["an email of null", { email: null, address: { city: "Rome" } }, MISSING],
  ["an empty list", { email: [], address: { city: "Rome" } }, MISSING],
  ["no city", { email: "a@b.c", address: {} }, MISSING],
  ["email set by the client", { nsec: { email: "a@b.c" }, address: { city: "Rome" } }, MISSING],
]);

table("young", [
  ["a new token", {}, "200"],
  ["an old one", () => ({ iat: now() - 360 }), "401"],
  ["one almost too old", () => ({ iat: now() - 240 }), "200"],
  ["one without iat", { iat: undefined }, "401"],
  ["one with iat as text", () => ({ iat: String(now()) }), "401"],
]);

table("punctual", [
  ["a good token", {}, "200"],
  ["one that has just expired", () => ({ exp: now() - 2 }), "401"],
  ["one that is not valid yet", () => ({ nbf: now() + 30 }), "401"],
]);

table("patient", [
  ["one that has expired within the tolerance", () => ({ exp: now() - 60 }), "200"],
  ["one that has expired before it", () => ({ exp: now() - 180 }), "401"],
  ["one that begins within the tolerance", () => ({ nbf: now() + 60 }), "200"],
  ["one that begins after it", () => ({ nbf: now() + 180 }), "401"],
  ["one issued within the tolerance", () => ({ iat: now() + 60 }), "200"],
]);

const GUIDE = {
  aud: "https://mcp.example.com/mcp",
  email: "a@b.c",
  groups: ["g"],
  tenant_id: "T2abc",
  subscription: "free",
};
table("guide-1", [
  ["a token with email", { email: "a@b.c" }, "200"],
  ["a token without email", {}, MISSING],
  ["a token of another issuer", { iss: OTHER_ISSUER, email: "a@b.c" }, "401"],
]);
table("guide-2", [
  ["a token with all that it asks for", GUIDE, "200"],
  ["a token for the gateway's root", { ...GUIDE, aud: "https://mcp.example.com" }, "401"],
  ["a token without groups", { ...GUIDE, groups: [] }, MISSING],
  ["a token without a tenant", { ...GUIDE, tenant_id: undefined }, MISSING],
  ["a token of another plan", { ...GUIDE, subscription: "pro" }, MISMATCH],
  ["a token of two plans", { ...GUIDE, subscription: ["free", "pro"] }, MISMATCH],
]);
table("guide-3", [
  ["a token with all that it asks for", GUIDE, "200"],
  ["a token without email", { ...GUIDE, email: "" }, MISSING],
]);

table("other", [["a token of the other issuer", {}, "200"]], withTwin);
table("plain", [["a token of the other issuer under the same kid", {}, "401"]], withTwin);
table(
  "plain",
  [
    [
      "a token that the other issuer made in this one's name",
      () => ({ iss: stand.issuer.issuer, aud: stand.issuer.audience }),
      "401",
    ],
  ],
  withTwin,
);
table("other", [["a token of this issuer under the same kid", {}, "401"]]);
table("other", [["a token that this issuer made in the other's name", { iss: OTHER_ISSUER }, "401"]]);
table("other", [["an ES256 token where RS256 is expected", {}, "401"]], withCurve);
table("curved", [["an ES256 token", {}, "200"]], withCurve);
table("curved", [["an RS256 token where ES256 is expected", {}, "401"]], withTwin);
table("either", [["a token of this issuer", {}, "200"]]);
table("inline", [["a token of the inline key", {}, "200"]], withInline);
table("inline", [["a token of the fetched key", {}, "401"]]);
table("plain", [["a token of the inline key", {}, "401"]], withInline);
table("down", [["a token whose keys can't be had", {}, "503"]]);
table("off", [
  ["a good token", {}, "404"],
  ["an expired token", () => ({ exp: now() - 60 }), "401"],
]);
table("unheard-of", [
  ["a good token", {}, "404"],
  ["a token for another audience", { aud: "x" }, "401"],
]);
table(
  "either",
  [
    ["a token of the other issuer", () => ({ aud: stand.issuer.audience }), "200"],
    ["a token of the other issuer without the audience", {}, "401"],
    ["a token of the other issuer's curve", () => ({ aud: stand.issuer.audience }), "200"],
  ],
  withCurve,
);
table(
  "opaque",
  [
    ["an active token", {}, "200"],
    ["an inactive token", { active: false }, "401"],
    ["an expired token", () => ({ exp: now() - 60 }), "401"],
    ["a token of another issuer", { iss: "https://x.example.com" }, "401"],
    ["a token without sub", { sub: undefined }, "401"],
  ],
  opaque,
);

describe("the token's header", () => {
  it.each<[string, () => Promise<string>, string]>([
    ["another kid", () => withOwnKey({}, { kid: "unheard-of" }), "401"],
    ["no kid", () => withOwnKey({}, { kid: undefined }), "401"],
    ["an empty kid", () => withOwnKey({}, { kid: "" }), "401"],
    ["a jku parameter", () => withTwin({}, { jku: sources.other.url }), "401"],
    ["an embedded key", () => withTwin({}, { jwk: sources.twin.publicJwk }), "401"],
    ["another typ", () => withOwnKey({}, { typ: "at+jwt" }), "200"],
  ])("with %s", async (_what, token, expected) => {
    expect(await ask("plain", await token())).toBe(expected);
  });
});
