// The authorizer's decision, from request to answer: which rules, is the token genuine, do its claims open this server.
import type { Awaitable } from "../core/awaitable.ts";
import { readBearerToken } from "../core/bearer.ts";
import type { Claims } from "../core/claims.ts";
import { type EffectiveServer, gatewayHeaderKey } from "../core/config/effective-server.ts";
import type { TokenRules } from "../core/config/token-rules.ts";
import type { ConfigSnapshot } from "../core/config-snapshot.ts";
import { claimNamesFor, encodePrincipal, type PrincipalContext, principalOf } from "../core/principal.ts";
import type { TokenFault } from "../core/token-fault.ts";
import { callerExpiresAt, type TokenVerdict, verdictExpiresAt, verifyToken } from "../core/verify-token.ts";
import type { Introspect } from "../platform/introspection.ts";
import type { KeyResolver } from "../platform/resolve-key.ts";
import type { VerdictCache } from "./verdict-cache.ts";

/** What the decision is made from. */
export type AccessRequest = {
  /** server name from the path */
  server: string;
  /** all values of each header, by lower-case name */
  headers: Pick<ReadonlyMap<string, readonly string[]>, "get">;
};

/** The decision. `faulted` says which check failed first; what the client learns of it is another matter. */
export type AccessDecision =
  | { type: "allow"; context: PrincipalContext }
  | { type: "faulted"; fault: TokenFault; claims?: Claims };

/** How tokens are judged. Verdicts at servers that are not known are not remembered. */
export type TokenJudges = { keys: KeyResolver; introspect: Introspect; verdicts: VerdictCache };

/**
 * Decides whether a request may reach a server.
 *
 * An unknown server (or one whose parameter is wrong) is judged by the gateway's own rules, so that without a valid token it
 * can't be told from a known one. With one the request goes to the proxy, marked as not admitted: whatever the proxy's own copy of
 * the configuration says by then, it forwards nothing that was not judged by that server's rules.
 *
 * @param request the server and the headers
 * @param config the configuration
 * @param judges keys, introspection and the memory of good verdicts
 * @param now the current time
 */
export async function decideAccess(
  request: AccessRequest,
  config: ConfigSnapshot,
  judges: TokenJudges,
  now: Date,
): Promise<AccessDecision> {
  const server = config.servers.get(request.server);
  const known = server?.enabled === true ? server : undefined;
  const rules = known?.tokenRules ?? config.gatewayRules;
  if (rules === undefined) {
    // As at a known server: the response to a token that is too long must not tell the two apart.
    const read = readToken(request, { headerKey: gatewayHeaderKey(config.gateway), form: "jwt" });
    if (!read.ok && read.fault.reason === "token_too_long") return { type: "faulted", fault: read.fault };
    return config.invalidServers.has(request.server)
      ? faulted("configuration_invalid", "a valid server parameter", "a refused one")
      : faulted("key_unknown", "a server of this gateway", "an unknown server");
  }

  const form = rules.keySource.type === "introspection" ? "opaque" : "jwt";
  const token = readToken(request, { headerKey: rules.headerKey, form });
  if (!token.ok) return { type: "faulted", fault: token.fault };
  const nowSeconds = now.getTime() / 1000;
  const pending = known && keyVersionAt(known, judges);
  const keyVersion = pending instanceof Promise ? await pending : pending;
  const slot =
    known !== undefined && keyVersion !== undefined
      ? judges.verdicts.slot(token.token, { server: known, keyVersion })
      : undefined;
  const remembered = slot?.recall(nowSeconds);
  if (remembered !== undefined) return { type: "allow", context: remembered };

  const verdict = await judgeToken(token.token, rules, judges, now);
  if (!verdict.ok) {
    return { type: "faulted", fault: verdict.fault, ...(verdict.claims && { claims: verdict.claims }) };
  }
  const claimNames = known === undefined ? [] : claimNamesFor(known);
  const expiresAt = callerExpiresAt(verdict.claims, rules, now);
  const principal = principalOf(verdict.claims, request.server, claimNames, expiresAt);
  const encoded = encodePrincipal({ ...principal, admitted: known !== undefined });
  if (!encoded.ok) return { type: "faulted", fault: encoded.fault, claims: verdict.claims };
  if (slot !== undefined && known !== undefined) {
    // Keys may have come while it was judged. What they made good is not known to be so under those of before, nor the reverse.
    const pendingNow = keyVersionAt(known, judges);
    const keyVersionNow = pendingNow instanceof Promise ? await pendingNow : pendingNow;
    if (keyVersionNow === keyVersion)
      slot.remember(encoded.context, forgottenAt(verdict.claims, rules, nowSeconds));
  }
  return { type: "allow", context: encoded.context };
}

/** What a verdict depends on besides rules; undefined where every request must ask, or it is not known which keys there are. */
function keyVersionAt(
  { tokenRules }: EffectiveServer,
  { keys }: Pick<TokenJudges, "keys">,
): Awaitable<string | undefined> {
  const { keySource } = tokenRules;
  if (keySource.type !== "introspection") return keys.version(tokenRules);
  // A cache lifetime of 0 means that every request asks.
  return keySource.cacheMaxAgeSeconds > 0 ? "introspected" : undefined;
}

function judgeToken(
  token: string,
  rules: TokenRules,
  { keys, introspect }: TokenJudges,
  now: Date,
): Promise<TokenVerdict> {
  return rules.keySource.type === "introspection"
    ? introspect(token, rules, now)
    : verifyToken(token, rules, keys.find, now);
}

function forgottenAt(claims: Claims, rules: TokenRules, nowSeconds: number): number {
  const ends = verdictExpiresAt(claims, rules);
  const { keySource } = rules;
  return keySource.type === "introspection"
    ? Math.min(ends, nowSeconds + keySource.cacheMaxAgeSeconds)
    : ends;
}

function readToken(
  request: AccessRequest,
  { headerKey, form }: { headerKey: string; form: "jwt" | "opaque" },
): ReturnType<typeof readBearerToken> {
  const values = request.headers.get(headerKey.toLowerCase()) ?? [];
  // Two tokens in one request: which one another reader would take is anybody's guess.
  if (values.length > 1) {
    const fault: TokenFault = {
      reason: "token_malformed",
      expected: "one token",
      got: `${values.length} headers`,
    };
    return { ok: false, fault };
  }
  return readBearerToken(values[0], headerKey, form);
}

function faulted(reason: TokenFault["reason"], expected: string, got: string): AccessDecision {
  return { type: "faulted", fault: { reason, expected, got } };
}
