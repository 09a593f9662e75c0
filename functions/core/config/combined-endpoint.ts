// The combined endpoint, compiled: a server of its own for the authorizer, with the gateway's token rules, and the names of its members.
import * as v from "valibot";
import { compileBlocked } from "./blocked-entries.ts";
import { type EffectiveServer, gatewayScopes } from "./effective-server.ts";
import { gatewayIssuer } from "./effective-tokens.ts";
import type { GatewayConfig } from "./gateway-config.ts";
import { timeoutsSchema } from "./server-config.ts";
import type { TokenRules } from "./token-rules.ts";

/** The name of the combined endpoint wherever a server's name is expected, and its route. No server can have it. */
export const COMBINED = "/mcp";

export type CombinedEndpoint = {
  /** Token rules and `blocked` of the gateway; no access rules, limits or URL: requests go to the members. */
  endpoint: EffectiveServer;
  /** In the configured order, or sorted. A server whose parameter is invalid is one, a missing or disabled one is not. */
  members: readonly string[];
  separator: string;
  onUnavailable: "omit" | "fail";
};

/**
 * Compiles `combined`.
 *
 * @param tokenRules the gateway's
 * @param servers all servers, by name
 * @param invalidServers servers whose parameter has never been valid
 * @returns undefined if gateway.json has no `combined`, or no token rules
 */
export function combinedEndpoint(
  gateway: GatewayConfig,
  tokenRules: TokenRules | undefined,
  servers: ReadonlyMap<string, EffectiveServer>,
  invalidServers: ReadonlySet<string>,
): CombinedEndpoint | undefined {
  const { combined } = gateway;
  if (combined === undefined || tokenRules === undefined) return undefined;
  const exists = (name: string) => servers.get(name)?.enabled === true || invalidServers.has(name);
  const names =
    combined.servers === "all"
      ? [...new Set([...servers.keys(), ...invalidServers])].sort()
      : combined.servers;
  const members = names.filter(exists);
  const { connect_ms, first_byte_ms, idle_ms } = v.parse(timeoutsSchema, {});
  const endpoint: EffectiveServer = {
    name: COMBINED,
    url: "",
    enabled: true,
    tokenRules,
    blocked: compileBlocked(gateway.blocked),
    identity: undefined,
    claimNames: [],
    headers: {},
    forwardHeaders: [],
    timeouts: { connectMs: connect_ms, firstByteMs: first_byte_ms, idleMs: idle_ms },
    getStream: true,
    getStreamMs: 60_000,
    issuer: gatewayIssuer(gateway),
    scopesSupported: gatewayScopes(
      gateway.scopes_supported,
      members.flatMap((name) => servers.get(name) ?? []),
    ),
    resourceName: gateway.resource_name,
    toolRules: undefined,
    promptRules: undefined,
    resourceRules: undefined,
    curation: undefined,
    extraMethods: new Set(),
    rulesMode: "enforce",
    upstreamAuth: undefined,
    tenants: undefined,
    tenantRequired: undefined,
    rateLimits: [],
  };
  return { endpoint, members, separator: combined.separator, onUnavailable: combined.on_unavailable };
}
