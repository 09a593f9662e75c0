// Advice for denied tokens: what to change and where, with the usual mistakes in Descope. Uses unverified claims, but decides nothing.
import { type Claims, claimMatches, readClaim } from "../functions/core/claims.ts";
import { type DescopeIssuers, issuerBranch } from "../functions/core/config/issuer-rules.ts";
import type { TokenRules } from "../functions/core/config/token-rules.ts";
import type { TokenDenial } from "../functions/core/token-denial.ts";
import { commandText } from "../infra/package-paths.ts";
import { claimAdvice, claimMismatchAdvice } from "./claim-advice.ts";

/**
 * Advice on a denied token, for every reason.
 *
 * @param claims the token's claims, verified or not
 * @param rules the rules that it failed
 */
export function adviceFor(denial: TokenDenial, claims: Claims, rules: TokenRules): string[] {
  switch (denial.reason) {
    case "issuer_mismatch":
      return rules.descopeIssuers === undefined
        ? issuerAdvice(claims, ruleValues(rules, "iss"))
        : descopeIssuerAdvice(claims, rules.descopeIssuers);
    case "audience_mismatch":
      return rules.descopeIssuers === undefined
        ? audienceAdvice(claims, ruleValues(rules, "aud"))
        : descopeAudienceAdvice(claims, rules.descopeIssuers);
    case "claim_missing":
      return claimAdvice(denial.claim ?? "", "requiredClaims");
    case "claim_mismatch":
      return mismatchAdvice(denial.claim ?? "", claims, rules);
    case "blocked":
      return [
        `An entry of "blocked" names the caller by the claim "${denial.claim}"${denial.blockReason === undefined ? "" : ` (${denial.blockReason})`}. List the entries with ${commandText("config", "blocked")}, and remove one with unblock.`,
      ];
    case "refresh_token":
      return [
        claims["drn"] === "DSR"
          ? "This is a refresh token (drn is DSR). Send the access token that came with it."
          : "This is a refresh token. Send the access token that came with it.",
      ];
    case "id_token":
      return [
        "This is an ID token: it tells the client who signed in and grants no access. Send the access token that came with it (access_token of the token response, not id_token).",
      ];
    case "not_access_token":
      return [
        "The token declares a type other than access token: see the failed check. Send the access_token of the token response.",
      ];
    case "proof_of_possession":
      return [
        "The token is bound to a key of the client (DPoP or mutual TLS), which this gateway does not verify. Turn the binding off for this client or project at the issuer (in Descope: DPoP in the project's settings), and sign in again.",
      ];
    case "token_encrypted":
      return [
        "The token is encrypted (a JWE of five parts): only the holder of the key can read it. Configure the issuer to sign, but not encrypt, access tokens for this gateway.",
      ];
    case "token_too_long":
      return [
        "The token is longer than the gateway and API Gateway accept. Reduce its claims, tenants or roles (custom claims and JWT templates in the Descope console); a new token would be as long.",
      ];
    case "token_expired":
      return [
        "Refresh the token or sign in again. Its lifetime is set in the Descope console, at the MCP Server's settings.",
      ];
    case "key_unknown":
      return [
        "No key of the configured source has the token's kid. Check that project_id (or jwksUri) names the Descope project that issued the token; after a key rotation, sign in again.",
      ];
    case "keys_unavailable":
      return [
        "The key source did not respond. Check jwksUri (or region, base_url) and that this machine can reach it.",
      ];
    case "algorithm_not_allowed":
      return [
        "Descope signs with RS256. A token with another algorithm comes from another issuer, or add the algorithm to algorithms.",
      ];
    case "scheme_unsupported":
    case "token_malformed":
      return [
        'Pass the access token itself: three parts with two dots, no quotes, no "Bearer", no line breaks.',
      ];
    case "token_missing":
      return [
        `The request has no token. Send it in the header ${rules.headerKey}; a proxy before the gateway must not drop that header.`,
      ];
    case "crit_not_supported":
      return [
        "The token's header has crit: extensions that the gateway does not support. Configure the issuer to sign plain access tokens (RFC 7519) for this gateway.",
      ];
    case "kid_missing":
      return [
        "The token's header has no kid, so its key cannot be found. Descope's tokens have one: check that the token comes from the configured issuer.",
      ];
    case "signature_invalid":
      return [
        "The token's signature does not match the key that it names: the token was changed or truncated, or comes from another issuer. Sign in again and copy the whole token.",
      ];
    case "exp_missing":
    case "iat_missing":
      return [
        `The token has no ${denial.reason === "exp_missing" ? "exp" : "iat"} that is a number. Configure the issuer to set it: a JWT template in the Descope console must not remove it.${denial.reason === "iat_missing" ? " Or remove maxTokenAge." : ""}`,
      ];
    case "token_not_yet_valid":
    case "token_issued_in_future":
      return [
        "The token's time is in the future. Correct the clock of the issuer or of this machine, or raise clockTolerance (at most 300 seconds).",
      ];
    case "token_too_old":
      return [
        "The token is older than maxTokenAge allows. Refresh it or sign in again, or raise maxTokenAge.",
      ];
    case "sub_missing":
      return [
        "The token has no sub, so it does not identify a user. A JWT template in the Descope console may have removed it: restore it.",
      ];
    case "token_inactive":
      return [
        "The introspection endpoint says that the token is not active: revoked, expired, or from another issuer. Sign in again; if the problem persists, check introspectEndpoint and its client.",
      ];
    case "principal_too_large":
      return [
        "The claims that this server needs are too large to pass to the proxy. Shorten include_claims, or the claims in the Descope console.",
      ];
    case "configuration_invalid":
      return [
        `The server's configuration is invalid, so every token is denied. ${commandText("config", "validate")} reports the errors; push the corrected file.`,
      ];
  }
}

function mismatchAdvice(claim: string, claims: Claims, rules: TokenRules): string[] {
  const failed = rules.claimRules.find((rule) => rule.claim === claim && !claimMatches(claims, rule));
  return failed === undefined
    ? [
        `The token's header and its claims have two values of "${claim}" (headerPayloadMatch). Configure the issuer to set one value, or remove the rule.`,
      ]
    : claimMismatchAdvice(failed, readClaim(claims, claim));
}

function issuerAdvice(claims: Claims, expected: readonly string[]): string[] {
  const issuer = text(claims["iss"]);
  const wanted = expected.join(" or ");
  if (/^P[A-Za-z0-9]+$/.test(issuer)) {
    return [
      `The token's issuer is the bare project id ${issuer}: this is a session token of your app, not an access token of the MCP Server.`,
      `Have the MCP client sign in at ${wanted} (its discovery does that), and send the access token that it gets there.`,
    ];
  }
  if (/\/v1\/apps\/(?!agentic\/)[^/]+(?:\/T[^/]+)?$/.test(issuer) || /\/P[A-Za-z0-9]+$/.test(issuer)) {
    return [
      `The token's issuer ${issuer} is that of the whole project (or a tenant of it), not of the MCP Server ${wanted}.`,
      'Either have the client sign in at the MCP Server, or allow that form with "issuers": "project" (or "tenant") and an "audience" in the descope block.',
    ];
  }
  if (issuer.includes("/v1/apps/agentic/")) {
    return [
      `The token is from another MCP Server: ${issuer}. Check mcp_server_id and project_id against the Issuer URL in the Descope console.`,
    ];
  }
  return [
    `The token's issuer is ${issuer || "absent"}; the rule expects ${wanted}. Copy the Issuer URL from the MCP Server's page in the Descope console.`,
  ];
}

function audienceAdvice(claims: Claims, expected: readonly string[]): string[] {
  const audiences = [readClaim(claims, "aud")].flat().map(text);
  const wanted = expected.join(" or ");
  const advice = [`The token's aud is ${audiences.join(", ") || "absent"}; the rule expects ${wanted}.`];
  const almost = audiences.find((audience) =>
    expected.some((value) => withoutSlash(audience) === withoutSlash(value)),
  );
  if (almost !== undefined) {
    advice.push(`${almost} differs only by a trailing slash: audiences are compared byte for byte.`);
  }
  advice.push(
    "In the Descope console set the MCP Server's URL to exactly that value, and sign in again: new tokens then contain it in aud.",
  );
  return advice;
}

function descopeIssuerAdvice(claims: Claims, issuers: DescopeIssuers): string[] {
  const issuer = text(claims["iss"]);
  if (issuer === issuers.projectId) return issuerAdvice(claims, [issuers.own]);
  return [
    `The token's issuer is ${issuer || "absent"}; allowed are ${issuers.own} and other issuers of the project ${issuers.projectId} at ${issuers.baseUrl}. Check project_id, mcp_server_id and region or base_url against the Issuer URL in the Descope console.`,
  ];
}

function descopeAudienceAdvice(claims: Claims, issuers: DescopeIssuers): string[] {
  const why =
    issuerBranch(issuers, claims["iss"]) === "project"
      ? [
          `The token's issuer ${text(claims["iss"])} belongs to the project but is not the MCP Server's own (${issuers.own}): it is allowed only if aud names this gateway.`,
        ]
      : [];
  if (issuers.audiences.length === 0) {
    return [...why, "This gateway's URL is unknown: set public_url in gateway.json, or give --public-url."];
  }
  const orAdd =
    readClaim(claims, "aud") === undefined
      ? []
      : ['Or add a value of aud to "audience" in the descope block, if it is used only for this gateway.'];
  return [...why, ...audienceAdvice(claims, issuers.audiences), ...orAdd];
}

function ruleValues(rules: TokenRules, claim: string): readonly string[] {
  return rules.claimRules.find((rule) => rule.claim === claim)?.values ?? [];
}

function withoutSlash(url: string): string {
  return url.replace(/\/$/, "");
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
