// The usual mistakes with Descope, each with what to do about it.
import { beforeAll, describe, expect, it } from "vitest";
import { adviceFor } from "../../cli/token-advice.ts";
import type { TokenDenialReason } from "../../functions/core/token-denial.ts";
import { explainer } from "../support/explained.ts";
import { configSnapshot } from "../support/gateway-config.ts";
import { makeKey, NOW_SECONDS, signToken } from "../support/tokens.ts";

const ISSUER = "https://auth.example.com/v1/apps/agentic/P2/MS2";
let gateway: Awaited<ReturnType<typeof explainer>>;
beforeAll(async () => {
  gateway = await explainer();
});

const advice = async (claims: Record<string, unknown>, block: Record<string, unknown> = {}) =>
  (await gateway.explain(await gateway.sign(claims), block)).advice;

describe("the issuer", () => {
  it("of a session token is the bare project id", async () => {
    expect(await advice({ iss: "P2" })).toEqual([
      "The token's issuer is the bare project id P2: this is a session token of your app, not an access token of the MCP Server.",
      `Let the MCP client sign in at ${ISSUER} (its discovery does that), and send the access token it gets there.`,
    ]);
  });

  it.each([
    "https://auth.example.com/v1/apps/P2",
    "https://auth.example.com/v1/apps/P2/T3",
    "https://auth.example.com/P2",
  ])("%s is the project's, not the MCP Server's", async (iss) => {
    expect(await advice({ iss })).toEqual([
      `The token's issuer ${iss} is that of the whole project (or a tenant of it), not of the MCP Server ${ISSUER}.`,
      'Either have the client sign in at the MCP Server, or admit that form with "issuers": "project" (or "tenant") and an "audience" in the descope block.',
    ]);
  });

  it("of another MCP Server points at the ids", async () => {
    const iss = "https://auth.example.com/v1/apps/agentic/P2/MS9";
    expect(await advice({ iss })).toEqual([
      `The token is from another MCP Server: ${iss}. Check mcp_server_id and project_id against the Issuer URL in the Descope console.`,
    ]);
  });

  it.each<[unknown, string]>([
    ["https://idp.example.com", "https://idp.example.com"],
    [undefined, "absent"],
    [7, "absent"],
  ])("%j is somebody else's", async (iss, shown) => {
    expect(await advice({ iss })).toEqual([
      `The token's issuer is ${shown}; the rule wants ${ISSUER}. Copy the Issuer URL from the MCP Server's page in the Descope console.`,
    ]);
  });
});

const SET_URL =
  "In the Descope console set the MCP Server's URL to exactly that value, and sign in again: it is put into aud from then on.";

describe("the audience", () => {
  it("without the MCP Server URL says where to set it", async () => {
    expect(await advice({ aud: ["P2", "C2"] })).toEqual([
      "The token's aud is P2, C2; the rule wants https://mcp.example.com.",
      SET_URL,
    ]);
  });

  it("that is absent says so", async () => {
    expect(await advice({ aud: undefined })).toEqual([
      "The token's aud is absent; the rule wants https://mcp.example.com.",
      SET_URL,
    ]);
  });

  it("that differs by a slash says so", async () => {
    expect(await advice({ aud: "https://mcp.example.com/" })).toEqual([
      "The token's aud is https://mcp.example.com/; the rule wants https://mcp.example.com.",
      "https://mcp.example.com/ differs by a slash at the end alone: audiences are compared byte for byte.",
      SET_URL,
    ]);
  });
});

describe("the issuers of a descope block", () => {
  const base = "https://auth.example.com";
  const own = `${base}/v1/apps/agentic/P2/MS2`;
  const descope = { project_id: "P2", mcp_server_id: "MS2", base_url: base };
  const inGateway = { public_url: "https://mcp.example.com", descope };
  const lines = (claims: Record<string, unknown>, file: Record<string, unknown> = inGateway) =>
    gateway.adviceIn(file, claims);

  it("are another form of the project's with another aud", () => {
    expect(lines({ iss: `${base}/v1/apps/P2`, aud: ["P2"] })).toEqual([
      `The token's issuer ${base}/v1/apps/P2 is another one of the project than the MCP Server's own (${own}): it is allowed only where aud names this gateway.`,
      "The token's aud is P2; the rule wants https://mcp.example.com or https://mcp.example.com/mcp or https://mcp.example.com/tools/mcp.",
      SET_URL,
      'Or add a value of aud to "audience" in the descope block, if it stands for this gateway alone.',
    ]);
  });

  it("can't be compared where this gateway's URL is not known", () => {
    expect(lines({ iss: `${base}/P2`, aud: "https://x" }, { descope })[1]).toBe(
      "This gateway's URL is not known here: set public_url in gateway.json, or give --public-url.",
    );
  });

  it("are neither of another project nor the bare project id", () => {
    expect(lines({ iss: "https://idp.example.com" })[0]).toBe(
      `The token's issuer is https://idp.example.com; allowed are ${own} and other issuers of the project P2 at ${base}. Check project_id, mcp_server_id and region or base_url against the Issuer URL in the Descope console.`,
    );
    expect(lines({ iss: "P2" })[0]).toContain("this is a session token of your app");
  });
});

describe("claims", () => {
  it("such as email have to be added in Descope", async () => {
    expect(await advice({}, { requiredClaims: ["email"] })).toEqual([
      'Descope puts no "email" into access tokens by default.',
      'Add "email" in the Descope console as a custom claim of the MCP Server\'s tokens or in a JWT template, or take it out of requiredClaims.',
    ]);
    expect(await advice({}, { requiredClaims: ["department"] })).toEqual([
      'Add "department" in the Descope console as a custom claim of the MCP Server\'s tokens or in a JWT template, or take it out of requiredClaims.',
    ]);
  });

  it("of another value are the user's or the rule's to change", async () => {
    expect(await advice({ plan: "free" }, { claimValues: { plan: { values: "pro" } } })).toEqual([
      'The user\'s "plan" is not among the values that the rule names. Change the user (or tenant) in the Descope console, or the rule.',
    ]);
  });

  it("that are lists are compared by contains", async () => {
    const list =
      '"plan" is a list of 2 in the token, and "exact" compares one value with one value. Use "matchType": "contains".';
    expect(await advice({ plan: ["free", "pro"] }, { claimValues: { plan: { values: "pro" } } })).toEqual([
      list,
    ]);
    expect(await advice({ plan: "pro" }, { claimValues: { plan: { values: ["free", "pro"] } } })).toEqual([
      '"plan" holds one of several values that the rule lists, and "exact" compares one value with one value. Use "matchType": "contains".',
    ]);
  });

  it("that differ between header and claims are the issuer's to change", async () => {
    const token = await gateway.sign({ plan: "a" }, { plan: "b" });
    expect((await gateway.explain(token, { headerPayloadMatch: ["plan"] })).advice).toEqual([
      'The token\'s header and its claims have two values of "plan" (headerPayloadMatch). Let the issuer write one, or remove the rule.',
    ]);
  });
});

describe("the token", () => {
  it("that has expired is refreshed", async () => {
    expect(await advice({ exp: NOW_SECONDS - 60 })).toEqual([
      "Refresh the token or sign in again. Its lifetime is set in the Descope console, at the MCP Server's settings.",
    ]);
  });

  it("that is a refresh token is the wrong one", async () => {
    expect(await advice({ drn: "DSR" })).toEqual([
      "This is a refresh token (drn is DSR). Send the access token that came with it.",
    ]);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["a refresh token of the OIDC form", { token_type: "refresh_token" }, "This is a refresh token. Send"],
    ["an ID token", { nonce: "n" }, "This is an ID token: it tells the client who signed in"],
    ["a logout token", { events: {} }, "The token says that it is something else than an access token"],
    ["a token bound by DPoP", { cnf: { jkt: "x" } }, "The token is bound to a key of the client (DPoP"],
  ])("that is %s says what to send or change", async (_name, claims, words) => {
    const lines = await advice(claims);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(words);
  });

  it.each([
    ["a.b.c.d.e", "token_encrypted", "The token is encrypted (a JWE of five parts)"],
    [
      `a.b.${"c".repeat(9000)}`,
      "token_too_long",
      "The token is longer than the gateway and API Gateway take.",
    ],
  ])("that nobody can read says why (%#)", async (token, reason, words) => {
    const explanation = await gateway.explain(token);
    expect(explanation.reason).toBe(reason);
    expect(explanation.advice[0]).toContain(words);
  });

  it("with a claim that is no time does not stop the explanation", async () => {
    const { reason } = await gateway.explain(await gateway.sign({ exp: { toString: 1 } }));
    expect(reason).toBe("exp_missing");
  });

  it("of another project has an unknown key", async () => {
    const token = await signToken(await makeKey());
    expect((await gateway.explain(token)).advice).toEqual([
      "No key of the configured source has the token's kid. Check that project_id (or jwksUri) names the Descope project that issued the token; after a key rotation, sign in again.",
    ]);
  });

  it("of another algorithm is not Descope's", async () => {
    const token = await signToken(await makeKey("ES256"));
    expect((await gateway.explain(token)).advice).toEqual([
      "Descope signs with RS256. A token of another algorithm comes from elsewhere, or algorithms in the block must name it.",
    ]);
  });

  it.each(['"quoted.token.here"', "not-a-jwt", "two words"])("%j was not copied whole", async (token) => {
    expect((await gateway.explain(token)).advice).toEqual([
      'Pass the access token itself: three parts with two dots, no quotes, no "Bearer", no line breaks.',
    ]);
  });

  it("is not to blame when the key source does not answer", async () => {
    const block = { jwks: undefined, jwksUri: "http://127.0.0.1:9/jwks" };
    const { status, advice } = await gateway.explain(await gateway.sign(), block);
    expect(status).toBe(503);
    expect(advice).toEqual([
      "The key source did not answer. Check jwksUri (or region, base_url) and that this machine reaches it.",
    ]);
  });
});

it("a blocked caller is blocked by an entry, which can be taken back", async () => {
  const blocked = [{ claim: "sub", values: ["U2alice"], reason: "leaked token" }];
  const { status, reason, checks, advice } = await gateway.explain(
    await gateway.sign(),
    {},
    "tools",
    blocked,
  );
  expect([status, reason]).toEqual([403, "blocked"]);
  expect(checks.at(-1)).toEqual({
    check: "blocked",
    result: "fail",
    expected: "no entry of blocked that names the caller",
    actual: "one by sub",
  });
  expect(advice).toEqual([
    'An entry of "blocked" names the caller by the claim "sub" (leaked token). List the entries with npm run config -- blocked, and take one back with unblock.',
  ]);
});

it("an entry without a reason is named by its claim alone", async () => {
  const blocked = [{ claim: "sub", values: ["U2alice"] }];
  const { advice } = await gateway.explain(await gateway.sign(), {}, "tools", blocked);
  expect(advice[0]).toContain('by the claim "sub". List');
});

// Typed by the union: a new reason without a line here does not compile.
const REASONS: Record<TokenDenialReason, true> = {
  token_missing: true,
  scheme_unsupported: true,
  token_too_long: true,
  token_malformed: true,
  token_encrypted: true,
  algorithm_not_allowed: true,
  crit_not_supported: true,
  kid_missing: true,
  key_unknown: true,
  signature_invalid: true,
  exp_missing: true,
  token_expired: true,
  token_not_yet_valid: true,
  token_issued_in_future: true,
  token_too_old: true,
  iat_missing: true,
  sub_missing: true,
  proof_of_possession: true,
  refresh_token: true,
  id_token: true,
  not_access_token: true,
  token_inactive: true,
  issuer_mismatch: true,
  audience_mismatch: true,
  claim_missing: true,
  claim_mismatch: true,
  blocked: true,
  principal_too_large: true,
  keys_unavailable: true,
  configuration_invalid: true,
};

it.each(Object.keys(REASONS) as TokenDenialReason[])("%s has advice that says what to do", (reason) => {
  const denial = { reason, expected: "x", actual: "y", claim: "plan" };
  const rules = configSnapshot().servers.get("tools")?.tokenRules;
  if (rules === undefined) throw new Error("no rules");
  const lines = adviceFor(denial, {}, rules);
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.join(" ").length).toBeGreaterThan(40);
});
