// One consistent view of the configuration, built from the stored parameters. An invalid parameter is reported and its last valid version
// stays in use; without one, that server responds with 503.
import { type BlockedEntry, compileBlocked } from "./config/blocked-entries.ts";
import { COMBINED, type CombinedEndpoint, combinedEndpoint } from "./config/combined-endpoint.ts";
import { type EffectiveServer, effectiveServer } from "./config/effective-server.ts";
import { gatewayIssuer, gatewayTokenRules } from "./config/effective-tokens.ts";
import type { ConfigFault } from "./config/faults.ts";
import { type GatewayConfig, parseGatewayConfig } from "./config/gateway-config.ts";
import { IDENTITY_HEADER_BY_METHOD, normalHeaderName } from "./config/header-names.ts";
import { misplacedSecretFaults } from "./config/secret-references.ts";
import { parseServerConfig, type ServerConfig } from "./config/server-config.ts";
import { isServerName } from "./config/server-name.ts";
import type { TokenRules } from "./config/token-rules.ts";

/** A stored parameter. `name` is relative to the prefix: `gateway` or `servers/<name>`. */
export type Parameter = { name: string; version: number; text: string };

/** Where a configuration is stored, and the gateway's URL. */
export type ConfigPlace = {
  /** SSM path of the parameters, below which secrets are not allowed; default: that of any gateway with the default name */
  prefix?: string;
  /** the gateway's URL if gateway.json has no `public_url` */
  publicUrl?: string;
};

/** The configuration that all functions use. */
export type ConfigSnapshot = {
  gateway: GatewayConfig;
  servers: ReadonlyMap<string, EffectiveServer>;
  /** the endpoint `/mcp` for several servers; undefined without `combined`. It is not one of `servers`. */
  combined?: CombinedEndpoint;
  /** servers whose parameter is invalid and has never been valid in this environment */
  invalidServers: ReadonlySet<string>;
  /** the token rules for an unknown server; undefined without a gateway-level block */
  gatewayRules: TokenRules | undefined;
  /** the gateway's own entries of `blocked`, for a server that is not known */
  gatewayBlocked: readonly BlockedEntry[];
  /** the one issuer of the gateway-level block, if it names one: the authorization server of the gateway-level metadata */
  gatewayIssuer: string | undefined;
  /** every identity header name that any server uses, and the defaults, as `normalHeaderName` writes them: no client may set one at any server */
  identityHeaderNames: ReadonlySet<string>;
};

export type ParameterFault = { name: string; version: number; faults: readonly ConfigFault[] };

/** The last valid version of each parameter, parsed. */
export type GoodParameters = {
  gateway?: GatewayConfig;
  servers: ReadonlyMap<string, ServerConfig>;
};

/** Result of building a snapshot; `snapshot` is undefined until there has been a valid `gateway` parameter. */
export type SnapshotResult = { snapshot?: ConfigSnapshot; faults: ParameterFault[]; good: GoodParameters };

/**
 * Builds a snapshot.
 *
 * @param parameters everything under the prefix
 * @param previous the valid parameters of the last snapshot
 * @param place where the configuration is stored, and the gateway's URL
 */
export function buildSnapshot(
  parameters: readonly Parameter[],
  previous: GoodParameters,
  { prefix, publicUrl }: ConfigPlace = {},
): SnapshotResult {
  const faults: ParameterFault[] = [];
  const gateway = readGateway(parameters, previous, faults, prefix);
  if (gateway === undefined) return { faults, good: previous };

  const gatewayRules = gatewayTokenRules(gateway, publicUrl);
  const place = { gateway, gatewayRules, prefix, publicUrl };
  const servers = new Map<string, EffectiveServer>();
  const goodServers = new Map<string, ServerConfig>();
  const invalidServers = new Set<string>();
  for (const parameter of parameters) {
    if (parameter.name === "gateway") continue;
    const [, name = ""] = /^servers\/(.*)$/.exec(parameter.name) ?? [];
    if (!isServerName(name)) {
      faults.push(
        faultOf(parameter, { path: "", message: "expected the name gateway or servers/<server name>" }),
      );
      continue;
    }
    const current = readServer(name, parameter, place, faults);
    const chosen = current ?? lastGoodServer(name, previous, place);
    if (chosen === undefined) {
      invalidServers.add(name);
    } else {
      servers.set(name, chosen.effective);
      goodServers.set(name, chosen.config);
    }
  }
  const combined = combinedEndpoint(gateway, gatewayRules, servers, invalidServers);
  const snapshot: ConfigSnapshot = {
    gateway,
    servers,
    ...(combined && { combined }),
    invalidServers,
    gatewayRules,
    gatewayBlocked: compileBlocked(gateway.blocked),
    gatewayIssuer: gatewayIssuer(gateway),
    identityHeaderNames: identityHeaderNames(servers.values()),
  };
  return { snapshot, faults, good: { gateway, servers: goodServers } };
}

/** A server, enabled or not, or the combined endpoint by its name. */
export function serverNamed(config: ConfigSnapshot, name: string): EffectiveServer | undefined {
  return name === COMBINED ? config.combined?.endpoint : config.servers.get(name);
}

function readGateway(
  parameters: readonly Parameter[],
  previous: GoodParameters,
  faults: ParameterFault[],
  prefix: string | undefined,
): GatewayConfig | undefined {
  const parameter = parameters.find(({ name }) => name === "gateway");
  if (parameter === undefined) {
    const missing = { name: "gateway", version: 0 };
    faults.push(
      faultOf(missing, { path: "", message: "the parameter does not exist: push config/gateway.json" }),
    );
    return previous.gateway;
  }
  const parsed = parseGatewayConfig(parameter.text);
  const found = parsed.ok ? misplacedSecretFaults(parsed.config, prefix) : parsed.faults;
  if (parsed.ok && found.length === 0) return parsed.config;
  faults.push(faultOf(parameter, ...found));
  return previous.gateway;
}

/** What all servers share. */
type ServerPlace = ConfigPlace & { gateway: GatewayConfig; gatewayRules: TokenRules | undefined };
type ChosenServer = { config: ServerConfig; effective: EffectiveServer };

function readServer(
  name: string,
  parameter: Parameter,
  { gateway, gatewayRules, prefix, publicUrl }: ServerPlace,
  faults: ParameterFault[],
): ChosenServer | undefined {
  const parsed = parseServerConfig(parameter.text);
  const found = parsed.ok ? misplacedSecretFaults(parsed.config, prefix) : parsed.faults;
  if (!parsed.ok || found.length > 0) {
    faults.push(faultOf(parameter, ...found));
    return undefined;
  }
  const effective = effectiveServer(name, gateway, parsed.config, publicUrl, gatewayRules);
  if (effective.ok) return { config: parsed.config, effective: effective.server };
  faults.push(faultOf(parameter, ...effective.faults));
  return undefined;
}

function lastGoodServer(
  name: string,
  previous: GoodParameters,
  { gateway, gatewayRules, publicUrl }: ServerPlace,
): ChosenServer | undefined {
  const config = previous.servers.get(name);
  if (config === undefined) return undefined;
  const effective = effectiveServer(name, gateway, config, publicUrl, gatewayRules);
  return effective.ok ? { config, effective: effective.server } : undefined;
}

function identityHeaderNames(servers: Iterable<EffectiveServer>): Set<string> {
  const names = new Set(Object.values(IDENTITY_HEADER_BY_METHOD).map(normalHeaderName));
  for (const server of servers)
    for (const { identity } of [server, ...(server.tenants?.values() ?? [])])
      if (identity !== undefined) names.add(normalHeaderName(identity.headerName));
  return names;
}

function faultOf({ name, version }: Omit<Parameter, "text">, ...faults: ConfigFault[]): ParameterFault {
  return { name, version, faults };
}
