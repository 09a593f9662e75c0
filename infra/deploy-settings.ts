// What the stack itself needs to know of the configuration: API Gateway fixes it when the stack is deployed, while the
// rest is read by the functions at run time. Nothing is taken from a configuration that has faults.
import { gatewayHeaderKey } from "../functions/core/config/effective-server.ts";
import { parseGatewayConfig } from "../functions/core/config/gateway-config.ts";
import { secretNames } from "../functions/core/config/secret-references.ts";
import { type ChallengeSettings, challengeSettings } from "./challenge-settings.ts";
import { type ConfigSource, validateConfigSource } from "./config-source.ts";

/** The deploy-time part of a gateway's configuration. */
export type DeploySettings = {
  /** `public_url`; undefined: the API's own URL. */
  readonly publicUrl: string | undefined;
  readonly allowedOrigins: readonly string[];
  readonly scopesSupported: readonly string[];
  readonly challenge: ChallengeSettings;
  /** Header that carries the token: the authorizer's first identity source. */
  readonly headerKey: string;
  /** Names of SSM parameters with secrets that the authorizer may read. */
  readonly authorizerSecrets: readonly string[];
  /** Names of SSM parameters with secrets that the proxy may read. */
  readonly proxySecrets: readonly string[];
};

/** What can be said at deploy time about a configuration that is made and kept by somebody else. */
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
  /** Its `challenge_resource_metadata`. @default - false where the gateway's URL has no path, else true */
  readonly challengeResourceMetadata?: boolean;
  /** Header that carries the token. @default "Authorization" */
  readonly headerKey?: string;
  /** Names of the SSM parameters with secrets that it refers to. @default [] */
  readonly secrets?: readonly string[];
}

/** What holds for a gateway whose configuration is not known at deploy time. */
export function externalSettings(config: ExternalConfig = {}): DeploySettings {
  const { publicUrl, allowedOrigins = [], scopesSupported = [], secrets = [] } = config;
  return {
    publicUrl,
    allowedOrigins,
    scopesSupported,
    challenge: { named: config.challengeResourceMetadata, hasRoot: true, servers: undefined },
    headerKey: config.headerKey ?? "Authorization",
    authorizerSecrets: secrets,
    proxySecrets: secrets,
  };
}

/**
 * Checks a whole configuration and reads its deploy-time part.
 *
 * @throws Error with one line per fault: file, line where known, JSON path and message.
 */
export function deploySettings(source: ConfigSource): DeploySettings {
  const faults = validateConfigSource(source);
  const parsed = parseGatewayConfig(source.gateway.text);
  if (faults.length > 0 || !parsed.ok) {
    const lines = faults.map(({ file, line, fault }) => {
      const place = line === undefined ? file : `${file}:${line}`;
      return fault.path === "" ? `${place}: ${fault.message}` : `${place}: ${fault.path}: ${fault.message}`;
    });
    throw new Error(["The configuration has faults, so nothing was synthesised:", ...lines].join("\n  "));
  }
  const { config } = parsed;
  return {
    publicUrl: config.public_url,
    allowedOrigins: config.allowed_origins,
    scopesSupported: config.scopes_supported ?? [],
    challenge: challengeSettings(config, source.servers),
    headerKey: gatewayHeaderKey(config),
    ...secretsByFunction(source),
  };
}

/** Token rules are the authorizer's; every other secret is sent downstream by the proxy. */
function secretsByFunction(source: ConfigSource): Pick<DeploySettings, "authorizerSecrets" | "proxySecrets"> {
  const authorizer: unknown[] = [];
  const proxy: unknown[] = [];
  for (const { text } of [source.gateway, ...source.servers]) {
    const { jwt_validation, ...rest } = JSON.parse(text) as Record<string, unknown>;
    authorizer.push(jwt_validation);
    proxy.push(rest);
  }
  return { authorizerSecrets: namesIn(authorizer), proxySecrets: namesIn(proxy) };
}

function namesIn(values: readonly unknown[]): string[] {
  return [...new Set(secretNames(JSON.stringify(values)))].sort();
}
