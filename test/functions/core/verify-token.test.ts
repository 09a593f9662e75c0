// Every way in which a token is denied, with the reason that is logged and the response that the client gets.
import { beforeAll, describe, expect, it } from "vitest";
import type { TokenRules } from "../../../functions/core/config/token-rules.ts";
import { readKeySet } from "../../../functions/core/jwk-set.ts";
import { responseToTokenDenial } from "../../../functions/core/token-denial.ts";
import {
  callerExpiresAt,
  claimChecks,
  type ResolveKey,
  readUnverifiedClaims,
  verifyClaims,
  verifyToken,
} from "../../../functions/core/verify-token.ts";
import { claimRule, tokenRules } from "../../support/rules.ts";
import {
  AUDIENCE,
  forgeToken,
  ISSUER,
  makeKey,
  NOW,
  NOW_SECONDS,
  signPayload,
  signToken,
  type TestKey,
  tokenClaims,
} from "../../support/tokens.ts";

let key: TestKey;
let otherKey: TestKey;
let ecKey: TestKey;
let resolveKey: ResolveKey;

beforeAll(async () => {
  [key, otherKey, ecKey] = await Promise.all([makeKey(), makeKey(), makeKey("ES256")]);
  const keySet = readKeySet({ keys: [key.publicJwk, ecKey.publicJwk] });
  resolveKey = async (kid, algorithm) => {
    const found = await keySet?.find(kid, algorithm);
    if (found !== undefined) return { ok: true, key: found };
    return { ok: false, denial: { reason: "key_unknown", expected: "a known kid", actual: "another" } };
  };
});

async function verdictOf(token: string, overrides: Partial<TokenRules> = {}) {
  return verifyToken(token, tokenRules(overrides), resolveKey, NOW);
}

async function reasonOf(token: string, overrides: Partial<TokenRules> = {}): Promise<string> {
  const verdict = await verdictOf(token, overrides);
  return verdict.ok ? "accepted" : verdict.denial.reason;
}

describe("verifyToken", () => {
  it("accepts a valid token and returns its claims", async () => {
    const verdict = await verdictOf(await signToken(key, { email: "alice@example.com" }));
    expect(verdict).toEqual({
      ok: true,
      claims: {
        iss: "https://auth.example.com/v1/apps/agentic/P2/MS2",
        aud: "https://mcp.example.com",
        sub: "U2alice",
        iat: 1794743940,
        exp: 1794747600,
        email: "alice@example.com",
      },
    });
  });

  it("throws if the key source fails, instead of denying the token", async () => {
    const failing: ResolveKey = () => Promise.reject(new Error("a fault of the gateway"));
    const judged = verifyToken(await signToken(key), tokenRules(), failing, NOW);
    await expect(judged).rejects.toThrow("a fault of the gateway");
  });

  it("accepts ES256 if the rules allow it", async () => {
    expect(await reasonOf(await signToken(ecKey), { algorithms: ["RS256", "ES256"] })).toBe("accepted");
  });

  it("throws if the key type does not match the token's algorithm", async () => {
    const keySet = readKeySet({ keys: [ecKey.publicJwk] });
    const found = await keySet?.find(ecKey.kid, "ES256");
    if (found === undefined) throw new Error("no key");
    const verdict = await verifyToken(
      await signToken(key),
      tokenRules(),
      () => ({ ok: true, key: found }),
      NOW,
    );
    expect(verdict).toMatchObject({ ok: false, denial: { reason: "token_malformed" } });
  });

  it("accepts a token whose aud contains several audiences", async () => {
    expect(await reasonOf(await signToken(key, { aud: ["P2", AUDIENCE] }))).toBe("accepted");
  });

  it("requests the key by the header's kid and alg, with the rules of the server", async () => {
    const asked: unknown[] = [];
    const rules = tokenRules();
    const resolve: ResolveKey = async (...args) => {
      asked.push(args);
      return resolveKey(...args);
    };
    await verifyToken(await signToken(key), rules, resolve, NOW);
    expect(asked).toEqual([[key.kid, "RS256", rules]]);
  });

  it("requests no key if the header is denied", async () => {
    const resolve: ResolveKey = async () => {
      throw new Error("asked");
    };
    const header = { alg: "none", kid: key.kid };
    const verdict = await verifyToken(forgeToken(header, tokenClaims()), tokenRules(), resolve, NOW);
    expect(verdict.ok).toBe(false);
  });

  it("returns claims with a denial only if the signature is valid", async () => {
    const expired = await verdictOf(await signToken(key, { exp: NOW_SECONDS - 10 }));
    const mismatch = await verdictOf(await signToken(key, { aud: "https://other.example.com" }));
    const forged = await verdictOf(await signToken(otherKey, {}, { kid: key.kid }));
    expect(expired).toMatchObject({ ok: false, claims: { sub: "U2alice" } });
    expect(mismatch).toMatchObject({ ok: false, claims: { sub: "U2alice" } });
    expect(forged).not.toHaveProperty("claims");
  });

  it("keeps jose's error as the cause", async () => {
    const verdict = await verdictOf(await signToken(otherKey, {}, { kid: key.kid }));
    expect(verdict).toMatchObject({ denial: { cause: { code: "ERR_JWS_SIGNATURE_VERIFICATION_FAILED" } } });
  });

  it("puts no claim values into a denial", async () => {
    const verdict = await verdictOf(await signToken(key, { tier: "secret-tier" }), {
      claimRules: [...tokenRules().claimRules, claimRule("tier", "pro")],
    });
    expect(verdict).toMatchObject({
      denial: { reason: "claim_mismatch", claim: "tier", expected: "exact pro", actual: "no match" },
    });
    expect(JSON.stringify((verdict as { denial: unknown }).denial)).not.toContain("secret-tier");
  });
});

describe("a token's header", () => {
  it.each<[string, Record<string, unknown>, string]>([
    ["alg none", { alg: "none" }, "algorithm_not_allowed"],
    ["alg NONE", { alg: "NONE" }, "algorithm_not_allowed"],
    ["alg HS256", { alg: "HS256" }, "algorithm_not_allowed"],
    ["an asymmetric alg outside the list", { alg: "RS512" }, "algorithm_not_allowed"],
    ["alg in another case", { alg: "rs256" }, "algorithm_not_allowed"],
    ["an alg that is not a string", { alg: ["RS256"] }, "algorithm_not_allowed"],
    ["no alg", { alg: undefined }, "algorithm_not_allowed"],
    ["no kid", { kid: undefined }, "kid_missing"],
    ["an empty kid", { kid: "" }, "kid_missing"],
    ["a kid that is a number", { kid: 1 }, "kid_missing"],
    ["a kid that is null", { kid: null }, "kid_missing"],
    ["an unknown kid", { kid: "another" }, "key_unknown"],
    ["crit", { crit: ["exp"] }, "crit_not_supported"],
    ["an empty crit", { crit: [] }, "crit_not_supported"],
    ["crit with an unencoded payload", { crit: ["b64"], b64: false }, "crit_not_supported"],
    ["a key of its own", { kid: "another", jwk: { kty: "RSA" } }, "key_unknown"],
  ])("is denied with %s", async (_, header, reason) => {
    const token = forgeToken({ alg: "RS256", kid: key.kid, ...header }, tokenClaims());
    expect(await reasonOf(token)).toBe(reason);
  });

  it.each([
    ["no JSON", "%%%"],
    ["a JSON string", '"RS256"'],
    ["null", "null"],
    ["an array", '["RS256"]'],
  ])("is denied if it is %s", async (_, text) => {
    const token = `${Buffer.from(text).toString("base64url")}.e30.AAAA`;
    expect(await reasonOf(token)).toBe("token_malformed");
  });

  it("denies a token whose header is not JSON as malformed", async () => {
    expect(await verdictOf("bm9qc29u.e30.AAAA")).toMatchObject({
      denial: { reason: "token_malformed", expected: "a JSON header", actual: "invalid JSON" },
    });
  });

  it("with key URLs or keys in it has no effect on a valid token", async () => {
    const header = {
      jku: "https://attacker.example/jwks",
      x5u: "https://attacker.example/x5u",
      jwk: otherKey.publicJwk,
    };
    expect(await reasonOf(await signToken(key, {}, header))).toBe("accepted");
  });
});

describe("readUnverifiedClaims", () => {
  it("returns the claims of any readable token, and undefined for any other text", async () => {
    expect(readUnverifiedClaims(await signToken(otherKey))).toMatchObject({ sub: "U2alice" });
    for (const token of ["", "a", "a.%.c", "e30.WzFd.e30", "e30.bm8.e30"]) {
      expect(readUnverifiedClaims(token)).toBeUndefined();
    }
  });
});

describe("a token's signature", () => {
  it("is denied if it was made with another key", async () => {
    expect(await reasonOf(await signToken(otherKey, {}, { kid: key.kid }))).toBe("signature_invalid");
  });

  it("is denied if it was made with a key in the token's header", async () => {
    const header = { kid: key.kid, jwk: otherKey.publicJwk };
    expect(await reasonOf(await signToken(otherKey, {}, header))).toBe("signature_invalid");
  });

  it("is denied if the payload was changed", async () => {
    const [header, , signature] = (await signToken(key)).split(".");
    const payload = Buffer.from(JSON.stringify(tokenClaims({ sub: "U2admin" }))).toString("base64url");
    expect(await reasonOf(`${header}.${payload}.${signature}`)).toBe("signature_invalid");
  });

  it("is denied if alg belongs to another key type than that of the kid", async () => {
    const token = forgeToken({ alg: "ES256", kid: key.kid }, tokenClaims());
    expect(await reasonOf(token, { algorithms: ["RS256", "ES256"] })).toBe("key_unknown");
  });

  it("is denied if the rules do not allow the alg, although the key could verify it", async () => {
    expect(await reasonOf(await signToken(ecKey))).toBe("algorithm_not_allowed");
  });

  it.each([
    ["no JSON", "nojson"],
    ["a JSON string", '"sub"'],
    ["an array", "[]"],
    ["null", "null"],
  ])("does not make a payload valid that is %s", async (_, payload) => {
    expect(await reasonOf(await signPayload(key, payload))).toBe("token_malformed");
  });
});

describe("a token's times", () => {
  const TOLERANCE = 5;

  it.each<[string, Record<string, unknown>, string]>([
    ["exp one second inside the tolerance", { exp: NOW_SECONDS - TOLERANCE + 1 }, "accepted"],
    ["exp exactly at the tolerance", { exp: NOW_SECONDS - TOLERANCE }, "token_expired"],
    ["exp long past", { exp: 1 }, "token_expired"],
    ["no exp (defect 6 of the reference gateway)", { exp: undefined }, "exp_missing"],
    ["exp null", { exp: null }, "exp_missing"],
    ["exp as text", { exp: "2999-01-01" }, "exp_missing"],
    ["nbf exactly at the tolerance", { nbf: NOW_SECONDS + TOLERANCE }, "accepted"],
    ["nbf one second beyond it", { nbf: NOW_SECONDS + TOLERANCE + 1 }, "token_not_yet_valid"],
    ["nbf as text", { nbf: "now" }, "token_not_yet_valid"],
    ["no iat", { iat: undefined }, "accepted"],
    ["iat exactly at the tolerance", { iat: NOW_SECONDS + TOLERANCE }, "accepted"],
    ["iat one second beyond it", { iat: NOW_SECONDS + TOLERANCE + 1 }, "token_issued_in_future"],
    ["iat as text", { iat: "now" }, "iat_missing"],
    ["iat null", { iat: null }, "iat_missing"],
  ])("lead to the expected result with %s", async (_, claims, reason) => {
    expect(await reasonOf(await signToken(key, claims))).toBe(reason);
  });

  it("are checked against the given time, without clock tolerance by default", async () => {
    const rules = { clockToleranceSeconds: 0 };
    expect(await reasonOf(await signToken(key, { exp: NOW_SECONDS + 1 }), rules)).toBe("accepted");
    expect(await reasonOf(await signToken(key, { exp: NOW_SECONDS }), rules)).toBe("token_expired");
  });

  it("are denied with an exp of Infinity", async () => {
    const payload = JSON.stringify(tokenClaims({ exp: 0 })).replace('"exp":0', '"exp":1e999');
    expect(await reasonOf(await signPayload(key, payload))).toBe("exp_missing");
  });

  it("are denied with an iat of Infinity", async () => {
    const payload = JSON.stringify(tokenClaims({ iat: 0 })).replace('"iat":0', '"iat":1e999');
    expect(await reasonOf(await signPayload(key, payload))).toBe("token_issued_in_future");
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["at the limit", { iat: NOW_SECONDS - 300 - TOLERANCE }, "accepted"],
    ["a second older", { iat: NOW_SECONDS - 300 - TOLERANCE - 1 }, "token_too_old"],
    ["without iat (defect 7)", { iat: undefined }, "iat_missing"],
    ["with iat in the future", { iat: NOW_SECONDS + TOLERANCE + 1 }, "token_issued_in_future"],
    ["expired as well as old", { iat: 1, exp: 2 }, "token_expired"],
  ])("under maxTokenAge: %s", async (_, claims, reason) => {
    expect(await reasonOf(await signToken(key, claims), { maxTokenAgeSeconds: 300 })).toBe(reason);
  });
});

describe("a genuine token's claims", () => {
  const rules = { requiredClaims: ["sub", "email"], claimRules: tokenRules().claimRules };
  const good = { email: "alice@example.com" };

  it.each<[string, Record<string, unknown>, string, number]>([
    ["all there", {}, "accepted", 200],
    ["another issuer", { iss: "https://auth.example.com/v1/apps/agentic/P2/MS3" }, "issuer_mismatch", 401],
    ["the issuer with a slash at the end", { iss: `${ISSUER}/` }, "issuer_mismatch", 401],
    ["two issuers", { iss: [ISSUER, ISSUER] }, "issuer_mismatch", 401],
    ["no issuer", { iss: undefined }, "issuer_mismatch", 401],
    ["another audience", { aud: "https://other.example.com" }, "audience_mismatch", 401],
    ["other audiences", { aud: ["P2", "C3"] }, "audience_mismatch", 401],
    ["an audience that only begins alike", { aud: `${AUDIENCE}/tools/mcp` }, "audience_mismatch", 401],
    ["no audience", { aud: undefined }, "audience_mismatch", 401],
    ["no sub", { sub: undefined }, "sub_missing", 401],
    ["an empty sub", { sub: "" }, "sub_missing", 401],
    ["a blank sub", { sub: "  " }, "sub_missing", 401],
    ["a sub that is a number", { sub: 5 }, "sub_missing", 401],
    ["a sub that is a list", { sub: ["U2alice"] }, "sub_missing", 401],
    ["cnf", { cnf: { jkt: "x" } }, "proof_of_possession", 401],
    ["an empty cnf", { cnf: null }, "proof_of_possession", 401],
    ["a Descope refresh token's drn", { drn: "DSR" }, "refresh_token", 401],
    ["a Descope session's drn", { drn: "DS" }, "accepted", 200],
    ["a required claim missing", { email: undefined }, "claim_missing", 403],
    ["a required claim null", { email: null }, "claim_missing", 403],
    ["a required claim empty", { email: "" }, "claim_missing", 403],
    ["a required claim that is an empty list", { email: [] }, "claim_missing", 403],
    ["a required claim false", { email: false }, "accepted", 200],
    ["a required claim zero", { email: 0 }, "accepted", 200],
  ])("lead to the expected result with %s", async (_, claims, reason, status) => {
    const verdict = await verdictOf(await signToken(key, { ...good, ...claims }), rules);
    expect(verdict.ok ? "accepted" : verdict.denial.reason).toBe(reason);
    expect(verdict.ok ? 200 : responseToTokenDenial(verdict.denial).status).toBe(status);
  });

  it("are denied with the name of a missing required claim", async () => {
    expect(await verdictOf(await signToken(key), rules)).toMatchObject({
      denial: {
        reason: "claim_missing",
        claim: "email",
        expected: "the claim email",
        actual: "missing or empty",
      },
    });
  });

  it.each([
    ["iss", "issuer_mismatch"],
    ["aud", "audience_mismatch"],
    ["sub", "sub_missing"],
    ["exp", "exp_missing"],
    ["iat", "iat_missing"],
    ["email", "claim_missing"],
  ])("without %s, which requiredClaims names, are denied as %s", async (claim, reason) => {
    const overrides = { requiredClaims: [claim], claimRules: [] };
    const claims = claim === "email" ? {} : { [claim]: undefined };
    expect(await reasonOf(await signToken(key, claims), overrides)).toBe(reason);
  });

  it("must match every claim rule", async () => {
    const claimRules = [
      ...tokenRules().claimRules,
      claimRule("tier", ["pro", "team"], "contains"),
      claimRule("scope", ["mcp", "openid"], "containsAll"),
      claimRule("tenants.T2.roles", "^edit", "regex"),
    ];
    const claims = { tier: "pro", scope: "openid mcp", tenants: { T2: { roles: ["editor"] } } };
    expect(await reasonOf(await signToken(key, claims), { claimRules })).toBe("accepted");
    for (const change of [{ tier: "free" }, { scope: "mcp" }, { tenants: { T3: { roles: ["editor"] } } }]) {
      const token = await signToken(key, { ...claims, ...change });
      expect(await reasonOf(token, { claimRules })).toBe("claim_mismatch");
    }
  });

  it("are checked for issuer and audience before any claim about the user", async () => {
    const claimRules = [claimRule("tier", "pro"), ...tokenRules().claimRules];
    const stranger = await signToken(key, { iss: "https://attacker.example", tier: "free", sub: "" });
    expect(await reasonOf(stranger, { claimRules })).toBe("issuer_mismatch");
  });
});

describe("headerPayloadMatch", () => {
  const rules = { headerPayloadMatch: ["iss", "tenant"] };

  it.each<[string, Record<string, unknown>, Record<string, unknown>, string]>([
    ["equal in both", { tenant: "T2" }, { iss: ISSUER, tenant: "T2" }, "accepted"],
    ["absent from both", {}, { iss: ISSUER }, "accepted"],
    ["equal objects", { tenant: { id: [1] } }, { iss: ISSUER, tenant: { id: [1] } }, "accepted"],
    ["absent from the header", { tenant: "T2" }, { iss: ISSUER }, "claim_mismatch"],
    ["absent from the claims", {}, { iss: ISSUER, tenant: "T2" }, "claim_mismatch"],
    ["null in one", { tenant: null }, { iss: ISSUER }, "claim_mismatch"],
    ["a number and its text", { tenant: 5 }, { iss: ISSUER, tenant: "5" }, "claim_mismatch"],
    ["a text and a list of it", { tenant: "T2" }, { iss: ISSUER, tenant: ["T2"] }, "claim_mismatch"],
    ["another issuer in the header", {}, { iss: "https://x.example" }, "issuer_mismatch"],
    ["a name that objects inherit", { tenant: "T2" }, { iss: ISSUER, tenant: "T2", toString: 1 }, "accepted"],
  ])("compares the header with the claims: %s", async (_, claims, header, reason) => {
    expect(await reasonOf(await signToken(key, claims, header), rules)).toBe(reason);
  });

  it("reads only own members", async () => {
    expect(await reasonOf(await signToken(key), { headerPayloadMatch: ["toString"] })).toBe("accepted");
  });
});

describe("callerExpiresAt", () => {
  const introspection = (cacheMaxAgeSeconds: number) =>
    tokenRules({
      introspected: true,
      keySource: {
        type: "introspection",
        endpoint: "https://idp.example/i",
        contentType: "application/json",
        cacheMaxAgeSeconds,
      },
    });

  it.each([
    ["exp", { exp: 2000 }, 60, 2000],
    ["an exp with a fraction of zeros", { exp: JSON.rawJSON("2000.0") }, 60, 2000],
    ["the cache time, without exp", {}, 60, NOW_SECONDS + 60],
    ["a short time for the request itself, without exp and cache", {}, 0, NOW_SECONDS + 30],
  ])("returns %s", (_, claims, seconds, end) => {
    expect(callerExpiresAt(claims, introspection(seconds), NOW)).toBe(end);
  });

  it("returns a short time for the claims of a JWT without exp, which no check allows", () => {
    expect(callerExpiresAt({}, tokenRules(), NOW)).toBe(NOW_SECONDS + 30);
  });

  it("does not require exp of an introspected token, and accepts null", () => {
    for (const exp of [undefined, null]) {
      expect(verifyClaims({ ...tokenClaims(), exp }, introspection(0), NOW).ok).toBe(true);
    }
    expect(verifyClaims({ ...tokenClaims(), exp: null }, tokenRules(), NOW)).toMatchObject({
      denial: { reason: "exp_missing" },
    });
  });
});

describe("claimChecks", () => {
  it("lists every check in order with its expected value", () => {
    const rules = tokenRules({
      requiredClaims: ["sub", "email"],
      claimRules: [claimRule("tier", "pro"), ...tokenRules().claimRules],
    });
    const checks = [...claimChecks(tokenClaims({ email: "a@example.com", tier: "free" }), rules, NOW)];
    expect(checks.map(({ name, expected, denial }) => [name, expected, denial?.reason])).toEqual([
      ["exp", "a number", undefined],
      ["iat", "absent or a number", undefined],
      ["nbf", "absent, or nbf <= now + 5 s", undefined],
      ["exp", "exp > now - 5 s", undefined],
      ["iat", "iat <= now + 5 s", undefined],
      ["iss", "absent or a string", undefined],
      ["claimValues iss", "exact https://auth.example.com/v1/apps/agentic/P2/MS2", undefined],
      ["claimValues aud", "contains https://mcp.example.com", undefined],
      ["sub", "a non-empty string", undefined],
      ["cnf", "absent", undefined],
      ["drn", "absent or DS", undefined],
      ["token_type", "absent, access token or Bearer", undefined],
      ["token_use", "absent, access token or Bearer", undefined],
      ["typ", "absent, access token or Bearer", undefined],
      ["ID token claims", "no nonce, at_hash, c_hash, s_hash", undefined],
      ["events", "absent", undefined],
      ["requiredClaims sub", "present and not empty", undefined],
      ["requiredClaims email", "present and not empty", undefined],
      ["claimValues tier", "exact pro", "claim_mismatch"],
    ]);
  });
});

describe("verifyClaims", () => {
  // An introspection response is checked by the same table as a JWT.
  it.each<[string, Record<string, unknown>, string]>([
    ["valid claims", {}, "accepted"],
    ["no exp", { exp: undefined }, "exp_missing"],
    ["exp as text", { exp: "9999999999" }, "exp_missing"],
    ["exp exactly at the tolerance", { exp: NOW_SECONDS - 5 }, "token_expired"],
    ["exp inside it", { exp: NOW_SECONDS - 4.9 }, "accepted"],
    ["nbf exactly at the tolerance", { nbf: NOW_SECONDS + 5 }, "accepted"],
    ["nbf beyond it", { nbf: NOW_SECONDS + 5.1 }, "token_not_yet_valid"],
    ["nbf as text", { nbf: "1" }, "token_not_yet_valid"],
    ["nbf null", { nbf: null }, "token_not_yet_valid"],
    ["iat exactly at the tolerance", { iat: NOW_SECONDS + 5 }, "accepted"],
    ["iat beyond it", { iat: NOW_SECONDS + 5.1 }, "token_issued_in_future"],
    ["iat as text", { iat: "1" }, "iat_missing"],
    ["iat null", { iat: null }, "iat_missing"],
    ["no iat", { iat: undefined }, "accepted"],
    ["no sub", { sub: undefined }, "sub_missing"],
    ["another issuer", { iss: "https://other.example.com" }, "issuer_mismatch"],
  ])("returns the expected result for %s", (_, overrides, reason) => {
    const claims = { ...tokenClaims(), ...overrides };
    const verdict = verifyClaims(claims, tokenRules(), NOW);
    expect(verdict.ok ? "accepted" : verdict.denial.reason).toBe(reason);
    expect(verdict.claims).toBe(claims);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["iat at the limit", { iat: NOW_SECONDS - 305 }, "accepted"],
    ["iat before it", { iat: NOW_SECONDS - 305.1 }, "token_too_old"],
    ["no iat", { iat: undefined }, "iat_missing"],
  ])("returns the expected result under maxTokenAge for %s", (_, overrides, reason) => {
    const rules = tokenRules({ maxTokenAgeSeconds: 300 });
    const verdict = verifyClaims({ ...tokenClaims(), ...overrides }, rules, NOW);
    expect(verdict.ok ? "accepted" : verdict.denial.reason).toBe(reason);
  });
});

describe("claimChecks with a descope block", () => {
  const other = "https://api.descope.com/P2";
  const checksOf = (iss: string, audienceAlways: boolean) => {
    const audiences = [AUDIENCE];
    const descopeIssuers = {
      own: ISSUER,
      baseUrl: "https://api.descope.com",
      projectId: "P2",
      audiences,
      audienceAlways,
    };
    const claims = tokenClaims({ iss, aud: "https://other.example.com" });
    return [...claimChecks(claims, tokenRules({ claimRules: [], descopeIssuers }), NOW)]
      .filter(({ name }) => name === "iss" || name === "aud")
      .map(({ denial, remark }) => denial?.reason ?? remark);
  };

  it.each([
    [
      "no aud of the MCP Server's own issuer",
      ISSUER,
      false,
      ["the MCP Server's own issuer: aud is not asked for", undefined],
    ],
    [
      "a configured audience of the MCP Server's own issuer",
      ISSUER,
      true,
      ["the MCP Server's own issuer", "audience_mismatch"],
    ],
    [
      "this gateway's aud of another issuer",
      other,
      false,
      ["another issuer of the project: aud must name this gateway", "audience_mismatch"],
    ],
  ])("requires %s", (_, iss, audienceAlways, outcome) => {
    expect(checksOf(iss, audienceAlways)).toEqual(outcome);
  });
});
