// What the stack itself needs to know of the configuration: API Gateway fixes it when the stack is deployed, while the
// rest is read by the functions at run time. Nothing is taken from a configuration that has faults.
import { gatewayTokenRules } from "../functions/core/config/effective-server.ts";
import { parseGatewayConfig } from "../functions/core/config/gateway-config.ts";
import { type ConfigSource, validateConfigSource } from "./config-source.ts";
import { secretReferences } from "./secret-references.ts";

/** A configuration file as it was read. */
export type ConfigFile = { readonly file: string; readonly text: string };

/** The deploy-time part of a gateway's configuration. */
export type DeploySettings = {
  /** `public_url` without a trailing slash; undefined: the API's own URL. */
  readonly publicUrl: string | undefined;
  readonly allowedOrigins: readonly string[];
  readonly scopesSupported: readonly string[];
  /** Header that carries the token: the authorizer's first identity source. */
  readonly headerKey: string;
  /** Names of SSM parameters with secrets that the authorizer may read. */
  readonly authorizerSecrets: readonly string[];
  /** Names of SSM parameters with secrets that the proxy may read. */
  readonly proxySecrets: readonly string[];
};

/** What holds for a gateway whose configuration is not known at deploy time. */
export const EXTERNAL_SETTINGS: DeploySettings = {
  publicUrl: undefined,
  allowedOrigins: [],
  scopesSupported: [],
  headerKey: "Authorization",
  authorizerSecrets: [],
  proxySecrets: [],
};

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
  const files = [source.gateway, ...source.servers];
  return {
    publicUrl: config.public_url?.replace(/\/+$/, ""),
    allowedOrigins: config.allowed_origins ?? [],
    scopesSupported: config.scopes_supported ?? [],
    headerKey: gatewayTokenRules(config)?.headerKey ?? EXTERNAL_SETTINGS.headerKey,
    authorizerSecrets: secretReferences(files, "jwt_validation"),
    proxySecrets: secretReferences(files, "everything_else"),
  };
}
