// The usual mistakes with Descope, each with its advice.

import { beforeAll, describe, expect, it } from "vitest";
import { adviceFor } from "../../cli/token-advice.ts";
import type { TokenDenialReason } from "../../functions/core/token-denial.ts";
import { explainer } from "../support/explained.ts";
import { configSnapshot } from "../support/gateway-config.ts";
import { TOKEN_DENIAL_REASONS } from "../support/token-denial-reasons.ts";
import { makeKey, NOW_SECONDS, signToken } from "../support/tokens.ts";

const ISSUER = "https://auth.example.com/v1/apps/agentic/P2/MS2";
let gateway: Awaited<ReturnType<typeof explainer>>;
beforeAll(async () => {
  gateway = await explainer();
});

const advice = async (claims: Record<string, unknown>, block: Record<string, unknown> = {}) =>
  (await gateway.explain(await gateway.sign(claims), block)).advice;

describe("advice on the issuer", () => {
  it("recognizes a session token by the bare project id", async () => {
    expect(await advice({ iss: "P2" })).toEqual([
      "The token's issuer is the bare project id P2: this is a session token of your app, not an access token of the MCP Server.",
      `Have the MCP client sign in at ${ISSUER} (its discovery does that), and send the access token that it gets there.`,
    ]);
  });

  it.each([
    "https://auth.example.com/v1/apps/P2",
    "https://auth.example.com/v1/apps/P2/T3",
    "https://auth.example.com/P2",
  ])("recognizes %s as the project's issuer", async (iss) => {
    expect(await advice({ iss })).toEqual([
      `The token's issuer ${iss} is that of the whole project (or a tenant of it), not of the MCP Server ${ISSUER}.`,
      'Either have the client sign in at the MCP Server, or allow that form with "issuers": "project" (or "tenant") and an "audience" in the descope block.',
    ]);
  });

  it("says to check the ids for a token of another MCP Server", async () => {
    const iss = "https://auth.example.com/v1/apps/agentic/P2/MS9";
    expect(await advice({ iss })).toEqual([
      `The token is from another MCP Server: ${iss}. Check mcp_server_id and project_id against the Issuer URL in the Descope console.`,
    ]);
  });

  it.each<[unknown, string]>([
    ["https://idp.example.com", "https://idp.example.com"],
    [undefined, "absent"],
    [7, "absent"],
  ])("names an unknown issuer %j", async (iss, shown) => {
    expect(await advice({ iss })).toEqual([
      `The token's issuer is ${shown}; the rule expects ${ISSUER}. Copy the Issuer URL from the MCP Server's page in the Descope console.`,
    ]);
  });
});

const SET_URL =
  "In the Descope console set the MCP Server's URL to exactly that value, and sign in again: new tokens then contain it in aud.";

describe("advice on the audience", () => {
  it("says where to set the MCP Server URL", async () => {
    expect(await advice({ aud: ["P2", "C2"] })).toEqual([
      "The token's aud is P2, C2; the rule expects https://mcp.example.com.",
      SET_URL,
    ]);
  });

  it("reports a missing aud", async () => {
    expect(await advice({ aud: undefined })).toEqual([
      "The token's aud is absent; the rule expects https://mcp.example.com.",
      SET_URL,
    ]);
  });

  it("reports a difference of a trailing slash", async () => {
    expect(await advice({ aud: "https://mcp.example.com/" })).toEqual([
      "The token's aud is https://mcp.example.com/; the rule expects https://mcp.example.com.",
      "https://mcp.example.com/ differs only by a trailing slash: audiences are compared byte for byte.",
      SET_URL,
    ]);
  });
});

describe("advice on the issuers of a descope block", () => {
  const base = "https://auth.example.com";
  const own = `${base}/v1/apps/agentic/P2/MS2`;
  const descope = { project_id: "P2", mcp_server_id: "MS2", base_url: base };
  const inGateway = { public_url: "https://mcp.example.com", descope };
  const lines = (claims: Record<string, unknown>, file: Record<string, unknown> = inGateway) =>
    gateway.adviceIn(file, claims);

  it("explains the project's other issuers with a different aud", () => {
    expect(lines({ iss: `${base}/v1/apps/P2`, aud: ["P2"] })).toEqual([
      `The token's issuer ${base}/v1/apps/P2 belongs to the project but is not the MCP Server's own (${own}): it is allowed only if aud names this gateway.`,
      "The token's aud is P2; the rule expects https://mcp.example.com or https://mcp.example.com/mcp or https://mcp.example.com/tools/mcp.",
      SET_URL,
      'Or add a value of aud to "audience" in the descope block, if it is used only for this gateway.',
    ]);
  });

  it("asks for public_url if the gateway's URL is unknown", () => {
    expect(lines({ iss: `${base}/P2`, aud: "https://x" }, { descope })[1]).toBe(
      "This gateway's URL is unknown: set public_url in gateway.json, or give --public-url.",
    );
  });

  it("names an issuer of another project and the bare project id", () => {
    expect(lines({ iss: "https://idp.example.com" })[0]).toBe(
      `The token's issuer is https://idp.example.com; allowed are ${own} and other issuers of the project P2 at ${base}. Check project_id, mcp_server_id and region or base_url against the Issuer URL in the Descope console.`,
    );
    expect(lines({ iss: "P2" })[0]).toContain("this is a session token of your app");
  });
});

describe("advice on claims", () => {
  it("says where to add email in Descope", async () => {
    expect(await advice({}, { requiredClaims: ["email"] })).toEqual([
      'Descope puts no "email" into access tokens by default.',
      'Add "email" in the Descope console as a custom claim of the MCP Server\'s tokens or in a JWT template, or remove it from requiredClaims.',
    ]);
    expect(await advice({}, { requiredClaims: ["department"] })).toEqual([
      'Add "department" in the Descope console as a custom claim of the MCP Server\'s tokens or in a JWT template, or remove it from requiredClaims.',
    ]);
  });

  it("says to change the user or the rule for a different value", async () => {
    expect(await advice({ plan: "free" }, { claimValues: { plan: { values: "pro" } } })).toEqual([
      'The user\'s "plan" is not one of the values that the rule allows. Change the user (or tenant) in the Descope console, or the rule.',
    ]);
  });

  it("recommends contains for a list", async () => {
    const list =
      '"plan" is a list of 2 values in the token, but "exact" compares single values. Use "matchType": "contains".';
    expect(await advice({ plan: ["free", "pro"] }, { claimValues: { plan: { values: "pro" } } })).toEqual([
      list,
    ]);
    expect(await advice({ plan: "pro" }, { claimValues: { plan: { values: ["free", "pro"] } } })).toEqual([
      '"plan" contains one of several values that the rule lists, but "exact" compares single values. Use "matchType": "contains".',
    ]);
  });

  it("says to configure the issuer if header and claims differ", async () => {
    const token = await gateway.sign({ plan: "a" }, { plan: "b" });
    expect((await gateway.explain(token, { headerPayloadMatch: ["plan"] })).advice).toEqual([
      'The token\'s header and its claims have two values of "plan" (headerPayloadMatch). Configure the issuer to set one value, or remove the rule.',
    ]);
  });
});

describe("advice on the token", () => {
  it("says to refresh an expired token", async () => {
    expect(await advice({ exp: NOW_SECONDS - 60 })).toEqual([
      "Refresh the token or sign in again. Its lifetime is set in the Descope console, at the MCP Server's settings.",
    ]);
  });

  it("recognizes a refresh token", async () => {
    expect(await advice({ drn: "DSR" })).toEqual([
      "This is a refresh token (drn is DSR). Send the access token that came with it.",
    ]);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["a refresh token of the OIDC form", { token_type: "refresh_token" }, "This is a refresh token. Send"],
    ["an ID token", { nonce: "n" }, "This is an ID token: it tells the client who signed in"],
    ["a logout token", { events: {} }, "The token declares a type other than access token"],
    ["a token bound by DPoP", { cnf: { jkt: "x" } }, "The token is bound to a key of the client (DPoP"],
  ])("says what to send or change for %s", async (_name, claims, words) => {
    const lines = await advice(claims);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(words);
  });

  it.each([
    ["a.b.c.d.e", "token_encrypted", "The token is encrypted (a JWE of five parts)"],
    [
      `a.b.${"c".repeat(9000)}`,
      "token_too_long",
      "The token is longer than the gateway and API Gateway accept.",
    ],
  ])("explains an unreadable token (%#)", async (token, reason, words) => {
    const explanation = await gateway.explain(token);
    expect(explanation.reason).toBe(reason);
    expect(explanation.advice[0]).toContain(words);
  });

  it("does not fail on a claim that is not a time", async () => {
    const { reason } = await gateway.explain(await gateway.sign({ exp: { toString: 1 } }));
    expect(reason).toBe("exp_missing");
  });

  it("recognizes an unknown key", async () => {
    const token = await signToken(await makeKey());
    expect((await gateway.explain(token)).advice).toEqual([
      "No key of the configured source has the token's kid. Check that project_id (or jwksUri) names the Descope project that issued the token; after a key rotation, sign in again.",
    ]);
  });

  it("says that Descope signs with RS256", async () => {
    const token = await signToken(await makeKey("ES256"));
    expect((await gateway.explain(token)).advice).toEqual([
      "Descope signs with RS256. A token with another algorithm comes from another issuer, or add the algorithm to algorithms.",
    ]);
  });

  it.each(['"quoted.token.here"', "not-a-jwt", "two words"])("says how to copy %j", async (token) => {
    expect((await gateway.explain(token)).advice).toEqual([
      'Pass the access token itself: three parts with two dots, no quotes, no "Bearer", no line breaks.',
    ]);
  });

  it("reports a key source that does not respond", async () => {
    const block = { jwks: undefined, jwksUri: "http://127.0.0.1:9/jwks" };
    const { status, advice } = await gateway.explain(await gateway.sign(), block);
    expect(status).toBe(503);
    expect(advice).toEqual([
      "The key source did not respond. Check jwksUri (or region, base_url) and that this machine can reach it.",
    ]);
  });
});

it("names the entry that blocks a caller, and how to remove it", async () => {
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
    expected: "no entry in blocked for the caller",
    actual: "an entry by sub",
  });
  expect(advice).toEqual([
    'An entry of "blocked" names the caller by the claim "sub" (leaked token). List the entries with npm run config -- blocked, and remove one with unblock.',
  ]);
});

it("names an entry without a reason by its claim", async () => {
  const blocked = [{ claim: "sub", values: ["U2alice"] }];
  const { advice } = await gateway.explain(await gateway.sign(), {}, "tools", blocked);
  expect(advice[0]).toContain('by the claim "sub". List');
});

// A new reason without advice fails here.
it.each(Object.keys(TOKEN_DENIAL_REASONS) as TokenDenialReason[])("gives advice for %s", (reason) => {
  const denial = { reason, expected: "x", actual: "y", claim: "plan" };
  const rules = configSnapshot().servers.get("tools")?.tokenRules;
  if (rules === undefined) throw new Error("no rules");
  const lines = adviceFor(denial, {}, rules);
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.join(" ").length).toBeGreaterThan(40);
});
