// Protected resource metadata (RFC 9728), which tells a client where to sign in for this gateway or one of its servers.
import { COMBINED } from "./config/combined-endpoint.ts";
import { type EffectiveServer, gatewayScopes } from "./config/effective-server.ts";
import { isServerName } from "./config/server-name.ts";
import { type ConfigSnapshot, serverNamed } from "./config-snapshot.ts";

/** A protected resource metadata document (RFC 9728 §2). */
export type ResourceMetadata = {
  resource: string;
  authorization_servers: string[];
  scopes_supported?: string[];
  bearer_methods_supported: ["header"];
  resource_name?: string;
  resource_documentation?: string;
};

/**
 * The document of the gateway. Its `resource` is a prefix of every server's URL, which clients check.
 *
 * @param publicUrl the gateway's own URL, no trailing slash
 * @returns undefined if the gateway's rules do not name exactly one issuer: each server then has its own document
 */
export function gatewayMetadata(config: ConfigSnapshot, publicUrl: string): ResourceMetadata | undefined {
  const enabled = [...config.servers.values()].filter((server) => server.enabled);
  const scopes = gatewayScopes(config.gateway.scopes_supported, enabled);
  return document(config, publicUrl, config.gatewayIssuer, scopes, undefined);
}

/**
 * The document of one server: its `resource` is the server's MCP URL itself.
 *
 * @param publicUrl the gateway's own URL, no trailing slash
 * @param name a server name; the document does not tell whether the server exists: an unknown one gets the gateway's values
 * @returns undefined without an issuer, and for a name that no server can have
 */
export function serverMetadata(
  config: ConfigSnapshot,
  publicUrl: string,
  name: string,
): ResourceMetadata | undefined {
  if (!isServerName(name)) return undefined;
  const server = enabledServer(config, name);
  return document(
    config,
    `${publicUrl}/${name}/mcp`,
    server?.issuer ?? config.gatewayIssuer,
    server?.scopesSupported ?? config.gateway.scopes_supported,
    server?.resourceName,
  );
}

/**
 * The document of the combined endpoint: its `resource` is that URL, its scopes are those of the gateway and its members.
 *
 * @param publicUrl the gateway's own URL, no trailing slash
 * @returns undefined without `combined`, and without an issuer
 */
export function combinedMetadata(config: ConfigSnapshot, publicUrl: string): ResourceMetadata | undefined {
  const endpoint = config.combined?.endpoint;
  if (endpoint === undefined) return undefined;
  return document(config, publicUrl + COMBINED, endpoint.issuer, endpoint.scopesSupported, undefined);
}

/**
 * The authorization server of a server or the combined endpoint, or of the gateway if no name is given.
 *
 * @returns undefined if there is not exactly one
 */
export function authorizationServerOf(config: ConfigSnapshot, name: string | undefined): string | undefined {
  if (name === COMBINED) return serverNamed(config, COMBINED)?.issuer;
  if (name !== undefined && !isServerName(name)) return undefined;
  return enabledServer(config, name ?? "")?.issuer ?? config.gatewayIssuer;
}

function enabledServer(config: ConfigSnapshot, name: string): EffectiveServer | undefined {
  const known = config.servers.get(name);
  return known?.enabled === true ? known : undefined;
}

/**
 * The discovery document with which JWT libraries verify the gateway's identity JWTs by their issuer. Some MCP clients take any document at
 * this path for an authorization server's, which the gateway is not. So it exists only if a server receives such JWTs.
 *
 * @param publicUrl the gateway's own URL, no trailing slash: `iss` of the JWTs
 * @returns undefined if no enabled server receives a signed identity
 * @see OpenID Connect Discovery 1.0 §3 and §4
 */
export function discoveryDocument(config: ConfigSnapshot, publicUrl: string): object | undefined {
  const signsFor = (server: EffectiveServer) => server.enabled && server.identity?.method === "jwt_header";
  if (![...config.servers.values()].some(signsFor)) return undefined;
  return {
    issuer: publicUrl,
    jwks_uri: `${publicUrl}/.well-known/jwks.json`,
    id_token_signing_alg_values_supported: ["ES256"],
  };
}

function document(
  { gateway }: ConfigSnapshot,
  resource: string,
  issuer: string | undefined,
  scopes: readonly string[] | undefined,
  name: string | undefined,
): ResourceMetadata | undefined {
  if (issuer === undefined) return undefined;
  const resourceName = name ?? gateway.resource_name;
  return {
    resource,
    authorization_servers: [issuer],
    ...(scopes !== undefined && scopes.length > 0 && { scopes_supported: [...scopes] }),
    bearer_methods_supported: ["header"],
    ...(resourceName !== undefined && { resource_name: resourceName }),
    ...(gateway.resource_documentation !== undefined && {
      resource_documentation: gateway.resource_documentation,
    }),
  };
}
