// Reads the part of the configuration that takes effect at deployment; the functions read the rest at run time. An invalid
// configuration is rejected as a whole.

import { DEFAULT_AUTHORIZER_CACHE_SECONDS } from "../functions/core/config/checks/warnings.ts";
import { gatewayScopes } from "../functions/core/config/effective-server.ts";
import { gatewayHeaderKey } from "../functions/core/config/effective-tokens.ts";
import { type GatewayConfig, parseGatewayConfig } from "../functions/core/config/gateway-config.ts";
import { isBelowConfiguration, secretNames } from "../functions/core/config/secret-references.ts";
import { parseServerConfig, type ServerConfig } from "../functions/core/config/server-config.ts";
import { DEFAULT_HEADER_KEY } from "../functions/core/config/token-rules.ts";
import { quote, terminalText } from "../functions/core/safe-text.ts";
import { type ChallengeSettings, challengeSettings } from "./challenge-settings.ts";
import { type ConfigSource, effectiveServers, faultLine, validateConfigSource } from "./config-source.ts";
import { type SignedTarget, signedTargets } from "./upstream-grants.ts";

/** The deploy-time part of a gateway's configuration. */
export type DeploySettings = {
  /** `public_url`; undefined: the API's own URL. */
  readonly publicUrl: string | undefined;
  readonly allowedOrigins: readonly string[];
  readonly scopesSupported: readonly string[];
  readonly challenge: ChallengeSettings;
  /** Header that carries the token: the authorizer's first identity source. */
  readonly headerKey: string;
  /** Smallest `introspectCacheMaxAge` of all blocks that introspect tokens: API Gateway must not cache a decision for longer. */
  readonly introspectCacheSeconds: number | undefined;
  /** Names of SSM parameters with secrets that the authorizer may read. */
  readonly authorizerSecrets: readonly string[];
  /** Names of SSM parameters with secrets that the proxy may read. */
  readonly proxySecrets: readonly string[];
  /** MCP servers with signed requests (SigV4), those of tenants and disabled ones included; undefined without any. */
  readonly signedTargets?: readonly SignedTarget[] | undefined;
  /** Whether there is a combined endpoint; only then does the API have its routes, and the stack its function. */
  readonly hasCombined: boolean;
  /** Whether there are `rate_limits`; only then does the stack have a table for the counters. */
  readonly hasRateLimits: boolean;
  /** Whether tools are pinned; only then are there an alarm, a graph and a query for changed tools. */
  readonly hasPins: boolean;
};

/** What the stack must know at deploy time about a configuration that it does not manage. */
export interface ExternalConfig {
  /**
   * Its `public_url`.
   * @default - the custom domain, else the API's own URL
   */
  readonly publicUrl?: string;
  /** Its `allowed_origins`. @default [] */
  readonly allowedOrigins?: readonly string[];
  /** Its `scopes_supported`. @default [] */
  readonly scopesSupported?: readonly string[];
  /** Its `challenge_resource_metadata`. @default - false if the gateway's URL has no path, else true */
  readonly challengeResourceMetadata?: boolean;
  /** Header that carries the token. @default "Authorization" */
  readonly headerKey?: string;
  /** Its smallest `introspectCacheMaxAge`, if it introspects tokens. @default - no token is introspected */
  readonly introspectCacheMaxAge?: number;
  /**
   * SSM names, or ARNs, of the secrets that its `headers` refer to, for the proxy. A `*` at the end means all names below.
   * @default []
   */
  readonly secrets?: readonly string[];
  /**
   * The same for `introspectClientSecret`, for the authorizer.
   * @default - those in `secrets`; set an empty list if no introspection is configured
   */
  readonly introspectionSecrets?: readonly string[];
  /** Whether it has `rate_limits`, which need a DynamoDB table. @default false */
  readonly rateLimits?: boolean;
  /** Whether it pins tools, whose changes an alarm then reports. @default false */
  readonly pinnedTools?: boolean;
  /** Whether it has `combined`, which needs a function and routes of its own. @default false */
  readonly combined?: boolean;
}

/**
 * The settings of a gateway whose configuration the stack does not manage.
 *
 * @param prefix SSM path of the configuration
 * @throws Error naming a secret that lies below it
 */
export function externalSettings(config: ExternalConfig | undefined, prefix: string): DeploySettings {
  const { publicUrl, allowedOrigins = [], scopesSupported = [], secrets = [] } = config ?? {};
  const { introspectionSecrets = secrets } = config ?? {};
  checkSecretNames(secrets, "secrets", prefix);
  checkSecretNames(introspectionSecrets, "introspectionSecrets", prefix);
  return {
    publicUrl,
    allowedOrigins,
    scopesSupported,
    challenge: {
      named: config?.challengeResourceMetadata,
      hasRoot: true,
      servers: undefined,
      combinedScopes: config?.combined ? scopesSupported : undefined,
    },
    headerKey: config?.headerKey ?? DEFAULT_HEADER_KEY,
    introspectCacheSeconds: config?.introspectCacheMaxAge,
    authorizerSecrets: introspectionSecrets,
    proxySecrets: secrets,
    hasCombined: config?.combined ?? false,
    hasRateLimits: config?.rateLimits ?? false,
    hasPins: config?.pinnedTools ?? false,
  };
}

/**
 * Checks a whole configuration and reads its deploy-time part.
 *
 * @param prefix SSM path that it is deployed to
 * @throws Error with one line per error: file, line if known, JSON path and message.
 */
export function deploySettings(source: ConfigSource, prefix?: string): DeploySettings {
  const faults = validateConfigSource(source, prefix);
  const parsed = parseGatewayConfig(source.gateway.text);
  if (faults.length > 0 || !parsed.ok) {
    const lines = faults.map((fault) => terminalText(faultLine(fault)));
    throw new Error(["The configuration is invalid, so nothing was synthesised:", ...lines].join("\n  "));
  }
  const { config } = parsed;
  const serverConfigs = source.servers.flatMap(({ text }) => {
    const server = parseServerConfig(text);
    return server.ok ? [server.config] : [];
  });
  const servers = effectiveServers(config, source.servers);
  const enabled = servers.filter((server) => server.enabled);
  return {
    publicUrl: config.public_url,
    allowedOrigins: config.allowed_origins,
    scopesSupported: gatewayScopes(config.scopes_supported, enabled),
    challenge: challengeSettings(config, servers),
    headerKey: gatewayHeaderKey(config),
    // Here and below disabled servers count too, because they can be enabled without a deployment.
    introspectCacheSeconds: introspectCacheSeconds([config, ...serverConfigs]),
    signedTargets: signedTargets(servers),
    ...secretsByFunction(config, serverConfigs),
    hasCombined: config.combined !== undefined,
    hasRateLimits: [config, ...serverConfigs].some(({ rate_limits: limits = [] }) => limits.length > 0),
    hasPins: servers.some(({ curation }) => (curation?.tools?.pins.size ?? 0) > 0),
  };
}

/**
 * Rejects names below the configuration's path: all functions read the parameters below it as configuration.
 *
 * @param names SSM names or ARNs, also with a `*`
 * @throws Error naming the setting
 */
export function checkSecretNames(names: readonly string[], setting: string, prefix: string): void {
  const fault = secretPlaceFault(names, prefix);
  if (fault !== undefined) throw new Error(`${setting} ${fault}`);
}

/** What is wrong with the first of the names that is below the configuration's path, after the name of the setting. */
export function secretPlaceFault(names: readonly string[], prefix: string): string | undefined {
  const misplaced = names.find((name) => {
    // For IAM, a name with and without its leading slash is the same, and `*` and `?` match anything.
    const path = `/${name.replace(/^arn:[^/]*/, "").replace(/^\/+/, "")}`;
    const literal = path.replace(/[*?].*/s, "");
    const coversAll = path !== literal && `${prefix}/`.startsWith(literal);
    return coversAll || isBelowConfiguration(literal, prefix);
  });
  if (misplaced === undefined) return undefined;
  return (
    `must name secrets outside ${prefix}, the SSM path of the configuration, but names ${quote(misplaced)}. ` +
    "Store the secret elsewhere, such as below /mcp-gateway-secrets."
  );
}

function introspectCacheSeconds(files: readonly (GatewayConfig | ServerConfig)[]): number | undefined {
  const seconds = files.flatMap(({ jwt_validation: block }) =>
    block?.introspectEndpoint === undefined ? [] : [block.introspectCacheMaxAge],
  );
  return seconds.length === 0 ? undefined : Math.min(...seconds);
}

/**
 * How long API Gateway may cache the authorizer's decision on a token, in seconds.
 *
 * @param asked `authorizerCacheTtl`, if it is set
 * @param introspectSeconds smallest `introspectCacheMaxAge` of the configuration: with a longer cache time, a token revoked at its
 * issuer would stay allowed for longer than configured
 * @throws Error if the two contradict each other
 */
export function authorizerCacheSeconds(
  asked: number | undefined,
  introspectSeconds = Number.POSITIVE_INFINITY,
): number {
  const fault = asked === undefined ? undefined : authorizerCacheFault(asked, introspectSeconds);
  if (fault !== undefined) throw new Error(`authorizerCacheTtl ${fault}`);
  return asked ?? Math.min(DEFAULT_AUTHORIZER_CACHE_SECONDS, introspectSeconds);
}

/** Why API Gateway must not cache a decision for `asked` seconds, after the name of the setting. */
export function authorizerCacheFault(asked: number, introspectSeconds: number): string | undefined {
  if (asked <= introspectSeconds) return undefined;
  return `is ${asked} seconds, but the configuration caches introspection responses for ${introspectSeconds} (the smallest introspectCacheMaxAge): API Gateway would continue to allow revoked tokens. Set authorizerCacheTtl to at most ${introspectSeconds}, omit it, or raise introspectCacheMaxAge.`;
}

/** The authorizer reads the client secrets of introspection endpoints; the proxy reads the secrets of headers and `upstream_auth`. */
function secretsByFunction(
  gateway: GatewayConfig,
  servers: readonly ServerConfig[],
): Pick<DeploySettings, "authorizerSecrets" | "proxySecrets"> {
  const blocks = [gateway, ...servers].flatMap(({ jwt_validation: block }) => block ?? []);
  const introspected = blocks.filter(({ introspectEndpoint }) => introspectEndpoint !== undefined);
  return {
    authorizerSecrets: namesIn(introspected.map((block) => block.introspectClientSecret ?? "")),
    proxySecrets: namesIn([
      ...servers.flatMap(({ headers, passthrough_headers: more }) => [headers, more].flatMap(Object.values)),
      ...upstreamSecrets(gateway, servers),
    ]),
  };
}

/** Values that may contain secrets; the gateway's default is included even if no server uses it. */
function upstreamSecrets(gateway: GatewayConfig, servers: readonly ServerConfig[]): string[] {
  const ofTenants = servers.flatMap(({ tenants = {} }) => Object.values(tenants));
  return [gateway, ...servers, ...ofTenants].flatMap(({ upstream_auth: block }) => {
    switch (block?.type) {
      case "client_credentials":
      case "token_exchange":
        return [block.client_secret ?? "", ...Object.values(block.extra_parameters)];
      case "descope_connection":
        return [block.management_key ?? "", ...Object.values(block.extra_parameters)];
      default:
        return [];
    }
  });
}

function namesIn(values: readonly string[]): string[] {
  return [...new Set(values.flatMap(secretNames))].sort();
}
