// The authorizer's decision, from request to answer: which rules, is the token genuine, do its claims open this server.
import { readBearerToken } from "../core/bearer.ts";
import type { Claims } from "../core/claims.ts";
import type { TokenRules } from "../core/config/token-rules.ts";
import type { ConfigSnapshot } from "../core/config-snapshot.ts";
import { claimNamesFor, encodePrincipal, type PrincipalContext, principalOf } from "../core/principal.ts";
import type { TokenFault } from "../core/token-fault.ts";
import { type ResolveKey, verifyToken } from "../core/verify-token.ts";

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

/**
 * Decides whether a request may reach a server.
 *
 * An unknown server (or one whose parameter is wrong) is judged by the gateway's own rules, so that without a valid token it
 * can't be told from a known one. With one the request goes to the proxy, marked as not admitted: whatever the proxy's own copy of
 * the configuration says by then, it forwards nothing that was not judged by that server's rules.
 *
 * @param request the server and the headers
 * @param config the configuration
 * @param resolveKey key lookup, bound to the rules' key source
 * @param now the current time
 */
export async function decideAccess(
  request: AccessRequest,
  config: ConfigSnapshot,
  resolveKey: ResolveKey,
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
  const verdict = await verifyToken(token.token, rules, resolveKey, now);
  if (!verdict.ok) {
    return { type: "faulted", fault: verdict.fault, ...(verdict.claims && { claims: verdict.claims }) };
  }

  const claimNames = known === undefined ? [] : claimNamesFor(known);
  const principal = principalOf(verdict.claims, request.server, claimNames);
  const encoded = encodePrincipal({ ...principal, admitted: known !== undefined });
  if (!encoded.ok) return { type: "faulted", fault: encoded.fault, claims: verdict.claims };
  return { type: "allow", context: encoded.context };
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
  return readBearerToken(values[0], rules.headerKey);
}

function faulted(reason: TokenFault["reason"], expected: string, got: string): AccessDecision {
  return { type: "faulted", fault: { reason, expected, got } };
}
