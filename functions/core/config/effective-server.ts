// The effective configuration of one server, compiled: each block is the server's or, without one, the gateway's.
import { type AccessRule, compileAccessRules } from "./access-rules.ts";
import { type BlockedEntry, compileBlocked } from "./blocked-entries.ts";
import { type Curation, compileCuration } from "./curation.ts";
import { gatewayHeaderKey, gatewayTokenRules, serverTokenRules } from "./effective-tokens.ts";
import { type ConfigFault, formatPath, quoteText } from "./faults.ts";
import type { GatewayConfig } from "./gateway-config.ts";
import { normalHeaderName } from "./header-names.ts";
import { type ForwardHeader, forwardHeaderPairs } from "./header-settings.ts";
import { compileIdentity, type IdentityForwarding } from "./identity-forwarding.ts";
import { compileRateLimits, type RateLimit, rateLimitClaims, rateLimitNameFaults } from "./rate-limits.ts";
import type { ServerConfig } from "./server-config.ts";
import { serverNameFaults } from "./server-name.ts";
import type { TokenRules } from "./token-rules.ts";
import { CONNECTION_SCOPE, needsConnectionScope, type UpstreamCredential } from "./upstream/credential.ts";
import { type UpstreamTarget, upstreamTargets } from "./upstream/targets.ts";
import { ownAddressFault } from "./urls.ts";

export type EffectiveServer = {
  name: string;
  url: string;
  enabled: boolean;
  tokenRules: TokenRules;
  /** The gateway's entries and the server's. */
  blocked: readonly BlockedEntry[];
  identity: IdentityForwarding | undefined;
  /** The claims that the proxy needs, for the identity header, the access rules and the rate limits. */
  claimNames: readonly string[];
  /** Values may contain `{{ssm:/name}}`. */
  headers: Readonly<Record<string, string>>;
  forwardHeaders: readonly ForwardHeader[];
  timeouts: { connectMs: number; firstByteMs: number; idleMs: number };
  getStream: boolean;
  /** Maximum duration of a GET stream. */
  getStreamMs: number;
  /** The authorization server in the metadata: the exact `iss` value, or the issuer of the MCP Server. */
  issuer: string | undefined;
  scopesSupported: readonly string[];
  resourceName: string | undefined;
  /** In order of precedence; undefined without rules. */
  toolRules: readonly AccessRule[] | undefined;
  promptRules: readonly AccessRule[] | undefined;
  resourceRules: readonly AccessRule[] | undefined;
  /** Which names exist for clients; undefined without curation. */
  curation: Curation | undefined;
  /** Pinned tools whose definition is known to have changed, and which are denied for that. */
  changedTools?: ReadonlySet<string>;
  /** Methods that are allowed in addition to those of MCP if the server has rules or curation. */
  extraMethods: ReadonlySet<string>;
  /** Applies to tools, prompts, resources and methods. */
  rulesMode: "enforce" | "log_only";
  /** The credential that the gateway sends to the server in addition to `headers`. */
  upstreamAuth: UpstreamCredential | undefined;
  /** The server's configuration by tenant id; undefined without `tenants`. */
  tenants: ReadonlyMap<string, EffectiveServer> | undefined;
  /** Whether callers without a current tenant are denied. */
  tenantRequired: true | undefined;
  /** The gateway's, then the server's own. All that apply to a call must allow it. */
  rateLimits: readonly RateLimit[];
};

/**
 * Merges a server with the gateway, or returns why they do not fit together. Error paths refer to the server file.
 *
 * @param publicUrl the gateway's URL if gateway.json has no `public_url`
 * @param gatewayRules the gateway's token rules, compiled once for all servers
 */
export function effectiveServer(
  name: string,
  gateway: GatewayConfig,
  server: ServerConfig,
  publicUrl?: string,
  gatewayRules = gatewayTokenRules(gateway, publicUrl),
): { ok: true; server: EffectiveServer } | { ok: false; faults: ConfigFault[] } {
  const tokens = serverTokenRules(name, gateway, server, publicUrl, gatewayRules);
  const headerKey = gatewayHeaderKey(gateway);
  const targets = upstreamTargets(gateway, server);
  const identityBlock = server.user_identity_forwarding ?? gateway.user_identity_forwarding;
  const identityAt = (target: UpstreamTarget) => compileIdentity(identityBlock, target);
  const identity = identityAt(targets.ok ? targets.own : { url: server.url, upstreamAuth: undefined });
  const faults = [
    ...serverNameFaults(name, gateway),
    ...loopFaults(server.url, gateway.public_url),
    ...headerFaults(server, headerKey, identity),
    ...(targets.ok ? [] : targets.faults),
    ...rateLimitNameFaults(gateway.rate_limits, server.rate_limits),
  ];
  if (!tokens.ok) return { ok: false, faults: [...faults, ...tokens.faults] };
  if (faults.length > 0 || !targets.ok) return { ok: false, faults };
  const accessRules = {
    toolRules: server.tool_authorization && compileAccessRules(server.tool_authorization),
    promptRules: server.prompt_authorization && compileAccessRules(server.prompt_authorization),
    resourceRules: server.resource_authorization && compileAccessRules(server.resource_authorization),
  };
  const rateLimits = [
    ...compileRateLimits(gateway.rate_limits, "*"),
    ...compileRateLimits(server.rate_limits, name),
  ];
  const { own, tenants } = targets;
  const credentials = [own, ...tenants.values()].map(({ upstreamAuth }) => upstreamAuth);
  const effective: EffectiveServer = {
    name,
    url: server.url,
    enabled: server.enabled,
    tokenRules: tokens.rules,
    blocked: compileBlocked([...gateway.blocked, ...server.blocked]),
    identity,
    claimNames: claimNames(identity, Object.values(accessRules), credentials, rateLimits),
    headers: mergedHeaders(server),
    forwardHeaders: forwardHeaderPairs(server.forward_headers),
    timeouts: {
      connectMs: server.timeouts.connect_ms,
      firstByteMs: server.timeouts.first_byte_ms,
      idleMs: server.timeouts.idle_ms,
    },
    getStream: server.get_stream,
    getStreamMs: server.get_stream_seconds * 1_000,
    issuer: tokens.issuer,
    scopesSupported: neededScopes(server.scopes_supported ?? gateway.scopes_supported ?? [], credentials),
    resourceName: server.resource_name ?? gateway.resource_name,
    extraMethods: new Set(server.extra_methods),
    ...accessRules,
    curation: compileCuration(server),
    rulesMode: server.tool_authorization_mode,
    rateLimits,
    upstreamAuth: own.upstreamAuth,
    tenants: undefined,
    tenantRequired: server.tenant_required || undefined,
  };
  if (tenants.size === 0) return { ok: true, server: effective };
  // A signed identity's audience may be the tenant's URL.
  const byTenant = [...tenants].map(
    ([id, target]) => [id, { ...effective, ...target, identity: identityAt(target) }] as const,
  );
  return { ok: true, server: { ...effective, tenants: new Map(byTenant) } };
}

/**
 * The scopes of the whole gateway: the configured ones, and the one that a server's credential requires.
 *
 * @param configured `scopes_supported` of gateway.json
 * @param servers the enabled servers
 */
export function gatewayScopes(
  configured: readonly string[] | undefined,
  servers: Iterable<EffectiveServer>,
): readonly string[] {
  const targets = [...servers].flatMap((server) => [server, ...(server.tenants?.values() ?? [])]);
  return neededScopes(
    configured ?? [],
    targets.map(({ upstreamAuth }) => upstreamAuth),
  );
}

/** The server's scopes, and the one that its credential requires. */
function neededScopes(
  configured: readonly string[],
  credentials: readonly (UpstreamCredential | undefined)[],
): readonly string[] {
  const isNeeded = credentials.some(needsConnectionScope) && !configured.includes(CONNECTION_SCOPE);
  return isNeeded ? [...configured, CONNECTION_SCOPE] : configured;
}

function claimNames(
  identity: IdentityForwarding | undefined,
  accessRules: readonly (readonly AccessRule[] | undefined)[],
  credentials: readonly (UpstreamCredential | undefined)[],
  rateLimits: readonly RateLimit[],
): string[] {
  const rules = accessRules.flatMap((each) => each ?? []);
  const ruleClaims = rules.flatMap(({ claimRules }) => claimRules.map(({ claim }) => claim));
  const sent = identity === undefined || identity.method === "bearer" ? [] : identity.includeClaims;
  // If a JWT template replaces `sub`, `dsub` contains Descope's user id.
  const userIds = credentials.some((credential) => credential?.type === "descope_connection") ? ["dsub"] : [];
  return [...new Set([...sent, ...ruleClaims, ...userIds, ...rateLimitClaims(rateLimits)])];
}

/** Merges `headers` and `passthrough_headers`: one entry per header, regardless of case. */
function mergedHeaders({ headers, passthrough_headers: later }: ServerConfig): Record<string, string> {
  const replaced = new Set(Object.keys(later).map(normalHeaderName));
  const kept = Object.entries(headers).filter(([name]) => !replaced.has(normalHeaderName(name)));
  return Object.fromEntries([...kept, ...Object.entries(later)]);
}

function loopFaults(url: string, publicUrl: string | undefined): ConfigFault[] {
  const message = ownAddressFault(url, publicUrl);
  return message === undefined ? [] : [{ path: "url", message }];
}

function headerFaults(
  server: ServerConfig,
  headerKey: string,
  identity: IdentityForwarding | undefined,
): ConfigFault[] {
  const faults: ConfigFault[] = [];
  const own = server.jwt_validation?.headerKey;
  if (own !== undefined && own.toLowerCase() !== headerKey.toLowerCase()) {
    faults.push({
      path: "jwt_validation.headerKey",
      message: `expected ${quoteText(headerKey)} as in gateway.json, got ${quoteText(own)}. API Gateway reads the token of all servers from one header: set it in gateway.json and remove it here.`,
    });
  }
  const identityHeader = identity && normalHeaderName(identity.headerName);
  for (const key of ["headers", "passthrough_headers"] as const) {
    for (const name of Object.keys(server[key])) {
      if (normalHeaderName(name) === identityHeader) {
        faults.push({
          path: formatPath([key, name]),
          message: `${name} carries the caller's identity to this server. Remove it here, or set another "header_name".`,
        });
      }
    }
  }
  forwardHeaderPairs(server.forward_headers).forEach(({ from, to }, index) => {
    for (const name of new Set([from, to])) {
      const normal = normalHeaderName(name);
      if (normal === identityHeader || normal === normalHeaderName(headerKey)) {
        faults.push({
          path: formatPath(["forward_headers", index]),
          message: `${name} carries the ${normal === identityHeader ? "caller's identity, so a client must not set it" : "token, which is never forwarded"}. Remove it.`,
        });
      }
    }
  });
  return faults;
}
