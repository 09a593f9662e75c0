// For the usual mistakes with Descope: what to change, and where. Advice looks at unverified claims too; it decides nothing.
import { type Claims, claimMatches, readClaim } from "../functions/core/claims.ts";
import { type DescopeIssuers, issuerBranch } from "../functions/core/config/issuer-rules.ts";
import type { TokenRules } from "../functions/core/config/token-rules.ts";
import type { TokenDenial } from "../functions/core/token-denial.ts";
import { claimAdvice, claimMismatchAdvice } from "./claim-advice.ts";

/**
 * What to do about a denied token: something for every reason.
 *
 * @param denial the check that failed first
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
        `An entry of "blocked" names the caller by the claim "${denial.claim}"${denial.blockReason === undefined ? "" : ` (${denial.blockReason})`}. List the entries with npm run config -- blocked, and take one back with unblock.`,
      ];
    case "refresh_token":
      return [
        claims["drn"] === "DSR"
          ? "This is a refresh token (drn is DSR). Send the access token that came with it."
          : "This is a refresh token. Send the access token that came with it.",
      ];
    case "id_token":
      return [
        "This is an ID token: it tells the client who signed in, and opens nothing. Send the access token that came with it (access_token of the token response, not id_token).",
      ];
    case "not_access_token":
      return [
        "The token says that it is something else than an access token: see the failed check. Send the access_token of the token response.",
      ];
    case "proof_of_possession":
      return [
        "The token is bound to a key of the client (DPoP or mutual TLS), which this gateway does not verify. Switch the binding off for this client or project at the issuer (in Descope: DPoP in the project's settings), and sign in again.",
      ];
    case "token_encrypted":
      return [
        "The token is encrypted (a JWE of five parts): only the holder of the key can read it. Let the issuer sign access tokens for this gateway without encrypting them.",
      ];
    case "token_too_long":
      return [
        "The token is longer than the gateway and API Gateway take. Put fewer claims, tenants or roles into it (custom claims and JWT templates in the Descope console); another token of the same kind would be as long.",
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
        "The key source did not answer. Check jwksUri (or region, base_url) and that this machine reaches it.",
      ];
    case "algorithm_not_allowed":
      return [
        "Descope signs with RS256. A token of another algorithm comes from elsewhere, or algorithms in the block must name it.",
      ];
    case "scheme_unsupported":
    case "token_malformed":
      return [
        'Pass the access token itself: three parts with two dots, no quotes, no "Bearer", no line breaks.',
      ];
    case "token_missing":
      return [
        `No token arrived. Send it in the header ${rules.headerKey}; a proxy before the gateway must not drop that header.`,
      ];
    case "crit_not_supported":
      return [
        "The token's header has crit: extensions that the gateway does not know. Let the issuer sign plain access tokens (RFC 7519) for this gateway.",
      ];
    case "kid_missing":
      return [
        "The token's header has no kid, so its key can't be found. Descope's tokens have one: check that the token comes from the configured issuer.",
      ];
    case "signature_invalid":
      return [
        "The token was not signed with the key that it names: it was changed, or cut, or comes from elsewhere. Sign in again and copy the token whole.",
      ];
    case "exp_missing":
    case "iat_missing":
      return [
        `The token has no ${denial.reason === "exp_missing" ? "exp" : "iat"} that is a number. Let the issuer set it: a JWT template in the Descope console must leave it in.${denial.reason === "iat_missing" ? " Or remove maxTokenAge." : ""}`,
      ];
    case "token_not_yet_valid":
    case "token_issued_in_future":
      return [
        "The token's time lies in the future. Correct the clock of the issuer or of this machine, or raise clockTolerance (at most 300 seconds).",
      ];
    case "token_too_old":
      return [
        "The token is older than maxTokenAge allows. Refresh it or sign in again, or raise maxTokenAge.",
      ];
    case "sub_missing":
      return [
        "The token has no sub, so nobody is named by it. A JWT template in the Descope console may have removed it: put it back.",
      ];
    case "token_inactive":
      return [
        "The introspection endpoint says that the token is not active: revoked, expired, or of another issuer. Sign in again; if that does not help, check introspectEndpoint and its client.",
      ];
    case "principal_too_large":
      return [
        "The claims that this server needs are too large to be handed to the proxy. Shorten include_claims, or the claims in the Descope console.",
      ];
    case "configuration_invalid":
      return [
        "The server's configuration is faulty, so every token is denied. npm run config -- validate names the faults; push the corrected file.",
      ];
  }
}

function mismatchAdvice(claim: string, claims: Claims, rules: TokenRules): string[] {
  const failed = rules.claimRules.find((rule) => rule.claim === claim && !claimMatches(claims, rule));
  return failed === undefined
    ? [
        `The token's header and its claims have two values of "${claim}" (headerPayloadMatch). Let the issuer write one, or remove the rule.`,
      ]
    : claimMismatchAdvice(failed, readClaim(claims, claim));
}

function issuerAdvice(claims: Claims, expected: readonly string[]): string[] {
  const issuer = text(claims["iss"]);
  const wanted = expected.join(" or ");
  if (/^P[A-Za-z0-9]+$/.test(issuer)) {
    return [
      `The token's issuer is the bare project id ${issuer}: this is a session token of your app, not an access token of the MCP Server.`,
      `Let the MCP client sign in at ${wanted} (its discovery does that), and send the access token it gets there.`,
    ];
  }
  if (/\/v1\/apps\/(?!agentic\/)[^/]+(?:\/T[^/]+)?$/.test(issuer) || /\/P[A-Za-z0-9]+$/.test(issuer)) {
    return [
      `The token's issuer ${issuer} is that of the whole project (or a tenant of it), not of the MCP Server ${wanted}.`,
      'Either have the client sign in at the MCP Server, or admit that form with "issuers": "project" (or "tenant") and an "audience" in the descope block.',
    ];
  }
  if (issuer.includes("/v1/apps/agentic/")) {
    return [
      `The token is from another MCP Server: ${issuer}. Check mcp_server_id and project_id against the Issuer URL in the Descope console.`,
    ];
  }
  return [
    `The token's issuer is ${issuer || "absent"}; the rule wants ${wanted}. Copy the Issuer URL from the MCP Server's page in the Descope console.`,
  ];
}

function audienceAdvice(claims: Claims, expected: readonly string[]): string[] {
  const audiences = [readClaim(claims, "aud")].flat().map(text);
  const wanted = expected.join(" or ");
  const advice = [`The token's aud is ${audiences.join(", ") || "absent"}; the rule wants ${wanted}.`];
  const almost = audiences.find((audience) =>
    expected.some((value) => withoutSlash(audience) === withoutSlash(value)),
  );
  if (almost !== undefined) {
    advice.push(`${almost} differs by a slash at the end alone: audiences are compared byte for byte.`);
  }
  advice.push(
    "In the Descope console set the MCP Server's URL to exactly that value, and sign in again: it is put into aud from then on.",
  );
  return advice;
}

function descopeIssuerAdvice(claims: Claims, issuers: DescopeIssuers): string[] {
  const advice = issuerAdvice(claims, [issuers.own]);
  const issuer = text(claims["iss"]);
  if (issuer === issuers.projectId) return advice;
  return [
    `The token's issuer is ${issuer || "absent"}; allowed are ${issuers.own} and other issuers of the project ${issuers.projectId} at ${issuers.baseUrl}. Check project_id, mcp_server_id and region or base_url against the Issuer URL in the Descope console.`,
  ];
}

function descopeAudienceAdvice(claims: Claims, issuers: DescopeIssuers): string[] {
  const why =
    issuerBranch(issuers, claims["iss"]) === "project"
      ? [
          `The token's issuer ${text(claims["iss"])} is another one of the project than the MCP Server's own (${issuers.own}): it is allowed only where aud names this gateway.`,
        ]
      : [];
  if (issuers.audiences.length === 0) {
    return [
      ...why,
      "This gateway's URL is not known here: set public_url in gateway.json, or give --public-url.",
    ];
  }
  const orAdd =
    readClaim(claims, "aud") === undefined
      ? []
      : ['Or add a value of aud to "audience" in the descope block, if it stands for this gateway alone.'];
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
