// The authorizer's decision, from request to answer: which rules, is the token genuine, do its claims open this server.
import { readBearerToken } from "../core/bearer.ts";
import type { Claims } from "../core/claims.ts";
import type { TokenRules } from "../core/config/token-rules.ts";
import type { ConfigSnapshot } from "../core/config-snapshot.ts";
import { encodePrincipal, type PrincipalContext, principalOf } from "../core/principal.ts";
import type { TokenFault } from "../core/token-fault.ts";
import { type TokenVerdict, verdictExpiresAt, verifyToken } from "../core/verify-token.ts";
import type { Introspect } from "../platform/introspection.ts";
import type { KeyResolver } from "../platform/resolve-key.ts";
import { admittedContext } from "./context-memory.ts";
import type { VerdictCache } from "./verdict-cache.ts";

/** What the decision is made from. */
export type AccessRequest = {
  /** server name from the path */
  server: string;
  /** all values of each header, by lower-case name */
  headers: ReadonlyMap<string, readonly string[]>;
};

/** The decision. `faulted` says which check failed first; what the client learns of it is another matter. */
export type AccessDecision =
  | { type: "allow"; context: PrincipalContext }
  | { type: "faulted"; fault: TokenFault; claims?: Claims };

/** How tokens are judged. */
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
    return config.invalidServers.has(request.server)
      ? faulted("configuration_invalid", "a valid server parameter", "a refused one")
      : faulted("key_unknown", "a server of this gateway", "an unknown server");
  }

  const token = readToken(request, rules);
  if (!token.ok) return { type: "faulted", fault: token.fault };
  const verdict = await judgeToken(token.token, known?.name ?? "", rules, judges, now);
  if (!verdict.ok) {
    return { type: "faulted", fault: verdict.fault, ...(verdict.claims && { claims: verdict.claims }) };
  }

  const encoded =
    known === undefined
      ? encodePrincipal({ ...principalOf(verdict.claims, request.server, []), admitted: false })
      : admittedContext(verdict.claims, known);
  if (!encoded.ok) return { type: "faulted", fault: encoded.fault, claims: verdict.claims };
  return { type: "allow", context: encoded.context };
}

async function judgeToken(
  token: string,
  server: string,
  rules: TokenRules,
  { keys, introspect, verdicts }: TokenJudges,
  now: Date,
): Promise<TokenVerdict> {
  const nowSeconds = now.getTime() / 1000;
  const { keySource } = rules;
  const introspected = keySource.type === "introspection" ? keySource : undefined;
  // A cache lifetime of 0 means that every request asks.
  const remembers = introspected === undefined || introspected.cacheMaxAgeSeconds > 0;
  const keyVersion = introspected === undefined ? await keys.version(rules) : "introspected";
  const scope = remembers && keyVersion !== undefined ? { server, rules, keyVersion } : undefined;
  const remembered = scope && verdicts.get(token, scope, nowSeconds);
  if (remembered !== undefined) return { ok: true, claims: remembered };

  const verdict =
    introspected === undefined
      ? await verifyToken(token, rules, keys.find, now)
      : await introspect(token, rules, now);
  if (verdict.ok && scope !== undefined) {
    const ends = verdictExpiresAt(verdict.claims, rules);
    const forgotten = introspected === undefined ? ends : nowSeconds + introspected.cacheMaxAgeSeconds;
    verdicts.put(token, scope, verdict.claims, Math.min(ends, forgotten));
  }
  return verdict;
}

function readToken(request: AccessRequest, rules: TokenRules): ReturnType<typeof readBearerToken> {
  const values = request.headers.get(rules.headerKey.toLowerCase()) ?? [];
  // Two tokens in one request: which one another reader would take is anybody's guess.
  if (values.length > 1) {
    const fault: TokenFault = {
      reason: "token_malformed",
      expected: "one token",
      got: `${values.length} headers`,
    };
    return { ok: false, fault };
  }
  return readBearerToken(
    values[0],
    rules.headerKey,
    rules.keySource.type === "introspection" ? "opaque" : "jwt",
  );
}

function faulted(reason: TokenFault["reason"], expected: string, got: string): AccessDecision {
  return { type: "faulted", fault: { reason, expected, got } };
}
