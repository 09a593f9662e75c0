import { beforeAll, describe, expect, it } from "vitest";
import type { Explanation } from "../../cli/explain-token.ts";
import { explainer } from "../support/explained.ts";
import { forgeToken, makeKey, NOW_SECONDS, signToken, tokenClaims } from "../support/tokens.ts";

let gateway: Awaited<ReturnType<typeof explainer>>;
beforeAll(async () => {
  gateway = await explainer();
});

const lines = ({ checks }: Explanation) =>
  checks.map(({ check, result, expected, actual }) => `${result} ${check}: ${expected} / ${actual}`);
const failing = (explanation: Explanation) => lines(explanation).filter((line) => !line.startsWith("pass"));

describe("explainToken with a valid token", () => {
  it("passes every check and lists each once", async () => {
    const explanation = await gateway.explain(await gateway.sign());
    expect(explanation).toMatchObject({
      server: "tools",
      status: 200,
      reason: "forwarded",
      verified: true,
      advice: [],
    });
    expect(lines(explanation)).toEqual([
      "pass form: a JWT / a JWT",
      "pass alg: RS256 / RS256",
      "pass crit: no crit header / absent",
      "pass kid: a key of the configured source / SK2key",
      "pass header typ: absent, JWT or at+jwt / absent",
      "pass signature: verified with that key / valid",
      "pass exp: a number, exp > now - 5 s / 1794747600 (2026-11-15T13:00:00.000Z)",
      "pass iat: absent or a number, iat <= now + 5 s / 1794743940 (2026-11-15T11:59:00.000Z)",
      "pass nbf: absent, or nbf <= now + 5 s / absent",
      'pass iss: absent or a string / "https://auth.example.com/v1/apps/agentic/P2/MS2"',
      'pass claimValues iss: exact https://auth.example.com/v1/apps/agentic/P2/MS2 / "https://auth.example.com/v1/apps/agentic/P2/MS2"',
      'pass claimValues aud: contains https://mcp.example.com / "https://mcp.example.com"',
      'pass sub: a non-empty string / "U2alice"',
      "pass cnf: absent / absent",
      "pass drn: absent or DS / absent",
      "pass token_type: absent, access token or Bearer / absent",
      "pass token_use: absent, access token or Bearer / absent",
      "pass typ: absent, access token or Bearer / absent",
      "pass ID token claims: no nonce, at_hash, c_hash, s_hash / absent",
      "pass events: absent / absent",
    ]);
  });

  it("returns the principal", async () => {
    const token = await gateway.sign({ dct: "T2", azp: "C2", scope: "read write" });
    expect((await gateway.explain(token)).principal).toMatchObject({
      sub: "U2alice",
      tenant: "T2",
      clientId: "C2",
      scopes: ["read", "write"],
    });
  });

  it("lists maxTokenAge and required claims with their values", async () => {
    const token = await gateway.sign({ "https://x/role name": "admin" });
    const explanation = await gateway.explain(token, {
      maxTokenAge: "5m",
      requiredClaims: ["https://x/role name"],
    });
    expect(lines(explanation)).toContain(
      "pass maxTokenAge: iat >= now - 305 s / 1794743940 (2026-11-15T11:59:00.000Z)",
    );
    expect(lines(explanation)).toContain(
      'pass requiredClaims https://x/role name: present and not empty / "admin"',
    );
  });

  it.each([
    ["an unknown server", "nope"],
    ["a disabled server", "off"],
  ])("returns 404 for %s", async (_name, server) => {
    const explanation = await gateway.explain(await gateway.sign(), {}, server);
    expect(explanation).toMatchObject({ status: 404, reason: "unknown_server" });
  });

  it.each([
    ["tolls", 'Unknown server "tolls". Did you mean tools? Servers: tools, off.'],
    ["payments", 'Unknown server "payments". Servers: tools, off.'],
    ["off", 'The server off is disabled ("enabled": false in servers/off.json).'],
  ])("at the server %s advises: %s", async (server, advice) => {
    const { advice: given } = await gateway.explain(await gateway.sign(), {}, server);
    expect(given).toEqual([advice]);
  });
});

describe("explainToken with a denied token", () => {
  it.each<[string, Record<string, unknown>, Record<string, unknown>, number, string, string[]]>([
    [
      "of another issuer",
      { iss: "https://x" },
      {},
      401,
      "issuer_mismatch",
      ['fail claimValues iss: exact https://auth.example.com/v1/apps/agentic/P2/MS2 / "https://x"'],
    ],
    [
      "for another audience",
      { aud: ["a", "b"] },
      {},
      401,
      "audience_mismatch",
      ['fail claimValues aud: contains https://mcp.example.com / ["a","b"]'],
    ],
    [
      "that has expired",
      { exp: NOW_SECONDS - 6 },
      {},
      401,
      "token_expired",
      ["fail exp: exp > now - 5 s / 1794743994 (2026-11-15T11:59:54.000Z)"],
    ],
    ["without exp", { exp: undefined }, {}, 401, "exp_missing", ["fail exp: a number / missing"]],
    [
      "with an exp that is not a number",
      { exp: "soon" },
      {},
      401,
      "exp_missing",
      ['fail exp: a number / "soon"'],
    ],
    [
      "not valid yet",
      { nbf: NOW_SECONDS + 60 },
      {},
      401,
      "token_not_yet_valid",
      ["fail nbf: absent, or nbf <= now + 5 s / 1794744060 (2026-11-15T12:01:00.000Z)"],
    ],
    [
      "without the required iat",
      { iat: undefined },
      { maxTokenAge: "1h" },
      401,
      "iat_missing",
      [
        "fail iat: a number, as maxTokenAge is set / missing",
        "fail maxTokenAge: iat >= now - 3605 s / missing",
      ],
    ],
    ["that is a refresh token", { drn: "DSR" }, {}, 401, "refresh_token", ['fail drn: absent or DS / "DSR"']],
    [
      "bound to a key",
      { cnf: { jkt: "x" } },
      {},
      401,
      "proof_of_possession",
      ['fail cnf: absent / {"jkt":"x"}'],
    ],
    [
      "without a required claim",
      {},
      { requiredClaims: ["email"] },
      403,
      "claim_missing",
      ["fail requiredClaims email: present and not empty / missing or empty"],
    ],
    [
      "with a different claim value",
      { plan: "free" },
      { claimValues: { plan: { values: "pro" } } },
      403,
      "claim_mismatch",
      ['fail claimValues plan: exact pro / "free"'],
    ],
  ])("%s lists the failed check", async (_name, claims, block, status, reason, expected) => {
    const explanation = await gateway.explain(await gateway.sign(claims), block);
    expect(explanation).toMatchObject({ status, reason, verified: true, principal: undefined });
    expect(failing(explanation)).toEqual(expected);
  });

  it("signed by an unknown key decodes the claims and marks them as unverified", async () => {
    const stranger = await makeKey("RS256", "SK2other");
    const explanation = await gateway.explain(await signToken(stranger, { iss: "https://x" }));
    expect(explanation).toMatchObject({ status: 401, reason: "key_unknown", verified: false });
    expect(failing(explanation)).toEqual([
      "fail kid: a key of the configured source / SK2other",
      "skipped signature: verified with that key / not verified",
      'fail claimValues iss: exact https://auth.example.com/v1/apps/agentic/P2/MS2 / "https://x"',
    ]);
  });

  it("signed by another key does not verify the claims", async () => {
    const stranger = await makeKey("RS256", "SK2key");
    const explanation = await gateway.explain(await signToken(stranger));
    expect(explanation).toMatchObject({ status: 401, reason: "signature_invalid", verified: false });
    expect(failing(explanation)).toEqual(["fail signature: verified with that key / not verified"]);
  });

  it("with alg none does not verify the claims", async () => {
    const explanation = await gateway.explain(forgeToken({ alg: "none" }, tokenClaims()));
    expect(explanation).toMatchObject({ status: 401, reason: "algorithm_not_allowed", verified: false });
    expect(failing(explanation).slice(0, 2)).toEqual([
      "fail alg: RS256 / none",
      "fail kid: a key of the configured source / absent",
    ]);
  });

  it("with crit fails the crit check", async () => {
    const token = await gateway.sign();
    const [, payload, signature] = token.split(".");
    const header = Buffer.from(JSON.stringify({ alg: "RS256", kid: "SK2key", crit: ["x"], x: 1 })).toString(
      "base64url",
    );
    const explanation = await gateway.explain(`${header}.${payload}.${signature}`);
    expect(explanation).toMatchObject({ status: 401, reason: "crit_not_supported", verified: false });
    expect(failing(explanation)).toContain('fail crit: no crit header / ["x"]');
  });

  it("that is not a JWT lists only the form", async () => {
    const explanation = await gateway.explain("an-opaque-token");
    expect(explanation).toMatchObject({ status: 401, reason: "token_malformed", verified: false });
    expect(lines(explanation)).toEqual(["fail form: a JWT / an invalid form"]);
  });

  it("advises on every failed rule", async () => {
    const token = await gateway.sign({ iss: "https://x", aud: "y" });
    const { advice } = await gateway.explain(token, { requiredClaims: ["email"] });
    expect(advice).toEqual([
      "The token's issuer is https://x; the rule expects https://auth.example.com/v1/apps/agentic/P2/MS2. Copy the Issuer URL from the MCP Server's page in the Descope console.",
      "The token's aud is y; the rule expects https://mcp.example.com.",
      "In the Descope console set the MCP Server's URL to exactly that value, and sign in again: new tokens then contain it in aud.",
      'Descope puts no "email" into access tokens by default.',
      'Add "email" in the Descope console as a custom claim of the MCP Server\'s tokens or in a JWT template, or remove it from requiredClaims.',
    ]);
  });
});

it("fails if neither server nor gateway has rules", async () => {
  const { explain, sign } = gateway;
  const token = await sign();
  await expect(explain(token, {}, "__proto__")).resolves.toMatchObject({ status: 404 });
});
