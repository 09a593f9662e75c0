// The kill switch: whether an entry of `blocked` names a caller. The authorizer checks every token that it verifies. The proxy checks every
// request again, and that its token is the verified one, because it may have a result from API Gateway's cache.
import { hash } from "node:crypto";
import { readToken } from "./bearer.ts";
import { type Claims, claimMatches } from "./claims.ts";
import type { BlockedEntry } from "./config/blocked-entries.ts";
import type { TokenRules } from "./config/token-rules.ts";
import { type ConfigSnapshot, serverNamed } from "./config-snapshot.ts";
import type { Principal } from "./principal.ts";
import { readUnverifiedClaims } from "./verify-token.ts";

/** The result; `unverifiable` if the caller's claims can't be read, or its token is not the verified one: it must be denied. */
export type BlockedVerdict =
  | { type: "not_blocked" }
  | { type: "blocked"; entry: BlockedEntry }
  | { type: "unverifiable" };

/** The entry that names a caller. */
export function blockedBy(
  claims: Claims,
  entries: readonly BlockedEntry[],
  now: Date,
): BlockedEntry | undefined {
  return inForce(entries, now).find(({ rule }) => claimMatches(claims, rule));
}

/** The entries that apply to a server: the gateway's and its own. */
export function blockedEntries(server: string, config: ConfigSnapshot): readonly BlockedEntry[] {
  return serverNamed(config, server)?.blocked ?? config.gatewayBlocked;
}

/**
 * Checks a request of a verified caller by all claims of its token: an entry may name a claim that was not requested when the authorizer
 * decided. The token in the request must be the one that was verified, which its hash in the principal shows: API Gateway caches a result
 * by the header that the stack was deployed with. If the configuration names another one since, the result of one caller would apply to
 * requests of others.
 *
 * @param headers all values of each header, by lower-case name
 * @param principal without a hash if an earlier version of the authorizer made it: its token is needed only if entries are in force
 */
export function checkBlocked(
  headers: ReadonlyMap<string, readonly string[]>,
  principal: Principal,
  config: ConfigSnapshot,
  now: Date,
): BlockedVerdict {
  const rules = serverNamed(config, principal.server)?.tokenRules ?? config.gatewayRules;
  const token = rules && verifiedToken(headers, principal, rules);
  const hasOtherToken = rules !== undefined && token === undefined && principal.tokenHash !== undefined;
  if (hasOtherToken) return { type: "unverifiable" };
  const entries = inForce(blockedEntries(principal.server, config), now);
  if (entries.length === 0) return { type: "not_blocked" };
  // What an introspected token says is in the introspection response, not in the token.
  const claims =
    principal.introspected ??
    (token === undefined || rules?.introspected ? undefined : readUnverifiedClaims(token));
  if (claims === undefined) return { type: "unverifiable" };
  const entry = blockedBy(claims, entries, now);
  return entry === undefined ? { type: "not_blocked" } : { type: "blocked", entry };
}

/** The token's hash in the authorizer's context, by which the proxy recognises the token. */
export function tokenHash(token: string): string {
  return hash("sha256", token, "base64url");
}

function verifiedToken(
  headers: ReadonlyMap<string, readonly string[]>,
  principal: Principal,
  rules: TokenRules,
): string | undefined {
  const read = readToken(headers, rules);
  return read.ok && tokenHash(read.token) === principal.tokenHash ? read.token : undefined;
}

function inForce(entries: readonly BlockedEntry[], now: Date): readonly BlockedEntry[] {
  return entries.length === 0 ? entries : entries.filter(({ endsAt }) => now.getTime() < endsAt);
}
