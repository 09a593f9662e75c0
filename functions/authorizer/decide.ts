// The authorizer's decision: selects the token rules, verifies the token and checks its claims.
import { readToken } from "../core/bearer.ts";
import { blockedBy, blockedEntries, tokenHash } from "../core/blocked.ts";
import type { Claims } from "../core/claims.ts";
import { gatewayHeaderKey } from "../core/config/effective-tokens.ts";
import type { TokenRules } from "../core/config/token-rules.ts";
import { type ConfigSnapshot, serverNamed } from "../core/config-snapshot.ts";
import { encodePrincipal, isTenantMember, type PrincipalContext, principalOf } from "../core/principal.ts";
import type { TokenDenial } from "../core/token-denial.ts";
import { decidesByTenant } from "../core/upstream/tenant.ts";
import { callerExpiresAt, type ResolveKey, type TokenVerdict, verifyToken } from "../core/verify-token.ts";
import type { Introspect } from "../platform/introspection.ts";

export type AccessRequest = {
  /** server name from the path, or that of the combined endpoint */
  server: string;
  /** all values of each header, by lower-case name */
  headers: ReadonlyMap<string, readonly string[]>;
};

/** The decision. `denial` contains the first failed check, for the log. */
export type AccessDecision =
  | { type: "allow"; context: PrincipalContext }
  | { type: "denied"; denial: TokenDenial; claims?: Claims };

/** How tokens are verified. */
export type TokenVerifiers = { resolveKey: ResolveKey; introspect: Introspect };

/**
 * Decides whether a request may reach a server.
 *
 * For an unknown server (or one with an invalid parameter), the gateway's rules apply, so that a client without a valid token can't
 * distinguish it from a known one. With a valid token, the request goes to the proxy, marked as not admitted: the proxy then never
 * forwards it, even if its configuration is newer.
 */
export async function decideAccess(
  request: AccessRequest,
  config: ConfigSnapshot,
  verifiers: TokenVerifiers,
  now: Date,
): Promise<AccessDecision> {
  const server = serverNamed(config, request.server);
  const known = server?.enabled === true ? server : undefined;
  const rules = known?.tokenRules ?? config.gatewayRules;
  if (rules === undefined) {
    // As for a known server: the response to a token that is too long must not reveal whether the server exists.
    const place = { headerKey: gatewayHeaderKey(config.gateway), introspected: false };
    const read = readToken(request.headers, place);
    if (!read.ok && read.denial.reason === "token_too_long") return { type: "denied", denial: read.denial };
    return config.invalidServers.has(request.server)
      ? denied("configuration_invalid", "a valid server parameter", "an invalid one")
      : denied("key_unknown", "a server of this gateway", "an unknown server");
  }

  const token = readToken(request.headers, rules);
  if (!token.ok) return { type: "denied", denial: token.denial };
  const verdict = await verifyByRules(token.token, rules, verifiers, now);
  if (!verdict.ok) {
    return { type: "denied", denial: verdict.denial, ...(verdict.claims && { claims: verdict.claims }) };
  }
  const { claims } = verdict;
  const blocked = blockedBy(claims, blockedEntries(request.server, config), now);
  if (blocked !== undefined) {
    const { rule, reason } = blocked;
    const found = {
      expected: "no entry in blocked for the caller",
      actual: `an entry by ${rule.claim}`,
      claim: rule.claim,
    };
    const denial: TokenDenial = { reason: "blocked", ...found, ...(reason && { blockReason: reason }) };
    return { type: "denied", denial, claims };
  }
  const claimNames = known?.claimNames ?? [];
  const expiresAt = callerExpiresAt(claims, rules, now);
  const principal = principalOf(claims, request.server, claimNames, expiresAt);
  const isMember = known && decidesByTenant(known) && isTenantMember(claims, principal.tenant);
  const fields = {
    ...principal,
    ...(isMember && { tenantIsMember: true as const }),
    admitted: known !== undefined,
    tokenHash: tokenHash(token.token),
  };
  const whole = encodePrincipal({ ...fields, ...(rules.introspected && { introspected: claims }) });
  // Without an introspection response that is too large, the proxy denies while any entry of `blocked` is in force.
  const encoded = whole.ok || !rules.introspected ? whole : encodePrincipal(fields);
  if (!encoded.ok) return { type: "denied", denial: encoded.denial, claims };
  return { type: "allow", context: encoded.context };
}

function verifyByRules(
  token: string,
  rules: TokenRules,
  { resolveKey, introspect }: TokenVerifiers,
  now: Date,
): Promise<TokenVerdict> {
  return rules.keySource.type === "introspection"
    ? introspect(token, rules, now)
    : verifyToken(token, rules, resolveKey, now);
}

function denied(reason: TokenDenial["reason"], expected: string, actual: string): AccessDecision {
  return { type: "denied", denial: { reason, expected, actual } };
}
