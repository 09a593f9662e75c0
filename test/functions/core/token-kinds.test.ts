// Every kind of token that one issuer signs with the keys of its access tokens (RFC 8725 sections 3.11 and 3.12). The kinds are those
// that the sign-in double issues; what becomes of each is written here.
import { beforeAll, describe, expect, it } from "vitest";
import { readKeySet } from "../../../functions/core/jwk-set.ts";
import { verifyClaims, verifyToken } from "../../../functions/core/verify-token.ts";
import { TOKEN_KINDS, type TokenKind } from "../../../local/sign-in/token-kinds.ts";
import { tokenRules } from "../../support/rules.ts";
import { makeKey, NOW, signToken, type TestKey, tokenClaims } from "../../support/tokens.ts";

let key: TestKey;
beforeAll(async () => {
  key = await makeKey();
});

async function reasonOf({ header = {}, claims = {} }: TokenKind): Promise<string> {
  const token = await signToken(key, claims, header);
  const found = await readKeySet({ keys: [key.publicJwk] })?.find(key.kid, "RS256");
  if (found === undefined) throw new Error("no key");
  const verdict = await verifyToken(token, tokenRules(), async () => ({ ok: true, key: found }), NOW);
  return verdict.ok ? "allowed" : verdict.denial.reason;
}

const EXPECTED: Record<keyof typeof TOKEN_KINDS, string> = {
  access_token: "allowed",
  session: "allowed",
  rfc9068_access_token: "allowed",
  untyped_access_token: "allowed",
  okta_access_token: "allowed",
  cognito_access_token: "allowed",
  keycloak_access_token: "allowed",
  keycloak_23_access_token: "allowed",
  refresh_token: "refresh_token",
  session_refresh_token: "refresh_token",
  keycloak_refresh_token: "refresh_token",
  keycloak_offline_token: "refresh_token",
  typed_refresh_token: "refresh_token",
  id_token: "id_token",
  oidc_id_token: "id_token",
  oidc_id_token_without_nonce: "id_token",
  hybrid_id_token: "id_token",
  fapi_id_token: "id_token",
  typed_id_token: "id_token",
  cognito_id_token: "id_token",
  keycloak_id_token: "id_token",
  logout_token: "not_access_token",
  untyped_logout_token: "not_access_token",
  keycloak_logout_token: "not_access_token",
  security_event_token: "not_access_token",
  dpop_proof: "not_access_token",
  dpop_access_token: "proof_of_possession",
  keycloak_dpop_access_token: "proof_of_possession",
  authorization_request: "not_access_token",
  client_assertion: "not_access_token",
  identity_assertion: "not_access_token",
  introspection_response: "not_access_token",
  entity_statement: "not_access_token",
  verifiable_credential: "not_access_token",
};

describe("a genuine token of the kind", () => {
  it.each(Object.entries(EXPECTED))("%s leads to %s", async (name, reason) => {
    expect(await reasonOf(TOKEN_KINDS[name as keyof typeof TOKEN_KINDS])).toBe(reason);
  });
});

describe("the typ header of a token", () => {
  it.each(["JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt", "Application/AT+JWT", "application/jwt"])(
    "may be %s",
    async (typ) => {
      expect(await reasonOf({ header: { typ } })).toBe("allowed");
    },
  );

  it.each([
    "",
    " JWT",
    "JOSE+JSON",
    "JWE",
    "at+jwt ",
    "at+jwt+x",
    "xat+jwt",
    "application/",
    "text/at+jwt",
    "application/application/at+jwt",
    "Bearer",
    "access_token",
    null,
    7,
    ["at+jwt"],
    { at: "jwt" },
  ])("must not be %j", async (typ) => {
    expect(await reasonOf({ header: { typ } })).toBe("not_access_token");
  });
});

describe("a claim that states the kind of a token", () => {
  it.each(
    ["token_type", "token_use", "typ"].flatMap((name) =>
      ["access_token", "ACCESS_TOKEN", "access", "bearer", "Bearer", "BEARER", "at+jwt", null, "", []].map(
        (value): [string, unknown] => [name, value],
      ),
    ),
  )("may be %s %j", async (name, value) => {
    expect(await reasonOf({ claims: { [name]: value } })).toBe("allowed");
  });

  it.each(
    ["token_type", "token_use", "typ"].flatMap((name) =>
      [
        "Refresh_Token",
        "ID_TOKEN",
        "DPoP",
        "logout",
        "access_token ",
        "N_A",
        "mac",
        7,
        true,
        { a: 1 },
        ["access_token"],
      ].map((value): [string, unknown] => [name, value]),
    ),
  )("must not be %s %j", async (name, value) => {
    expect(await reasonOf({ claims: { [name]: value } })).not.toBe("allowed");
  });

  it("allows a nonce, but no other claim of ID tokens", async () => {
    expect(await reasonOf({ claims: { typ: "Bearer", nonce: "n" } })).toBe("allowed");
    expect(await reasonOf({ claims: { typ: "Bearer", nonce: "n", at_hash: "h" } })).toBe("id_token");
    expect(await reasonOf({ claims: { token_use: "access", c_hash: "h" } })).toBe("id_token");
  });

  it("is not accepted if another claim or the header states another kind", async () => {
    expect(await reasonOf({ claims: { token_type: "Bearer", token_use: "id" } })).toBe("id_token");
    expect(await reasonOf({ claims: { typ: "Bearer", drn: "DSR" } })).toBe("refresh_token");
    expect(await reasonOf({ header: { typ: "id_token+jwt" }, claims: { typ: "Bearer" } })).toBe("id_token");
    expect(await reasonOf({ claims: { typ: "Bearer", events: {} } })).toBe("not_access_token");
  });

  it("may be typ JWT, which does not allow a nonce", async () => {
    expect(await reasonOf({ claims: { typ: "JWT" } })).toBe("allowed");
    expect(await reasonOf({ claims: { typ: "JWT", nonce: "n" } })).toBe("id_token");
    expect(await reasonOf({ claims: { token_type: "JWT" } })).toBe("not_access_token");
  });

  it.each(["DSx", "dsr", "ds", 5, ["DS"], { DS: true }])("must not be drn %j", async (drn) => {
    expect(await reasonOf({ claims: { drn } })).toBe("not_access_token");
  });

  it("is checked in introspection responses, too", () => {
    const reason = (claims: object) => {
      const verdict = verifyClaims({ ...tokenClaims(), ...claims }, tokenRules({ introspected: true }), NOW);
      return verdict.ok ? "allowed" : verdict.denial.reason;
    };
    expect(reason({ active: true, token_type: "Bearer" })).toBe("allowed");
    expect(reason({ active: true, token_type: "Bearer", token_use: "access_token" })).toBe("allowed");
    expect(reason({ active: true, token_type: "refresh_token" })).toBe("refresh_token");
    expect(reason({ active: true, token_type: "DPoP" })).toBe("proof_of_possession");
  });
});

it("a session id in the claims does not make a token an ID token", async () => {
  expect(await reasonOf({ claims: { sid: "s", auth_time: 1, acr: "1", azp: "C2", amr: ["pwd"] } })).toBe(
    "allowed",
  );
});
