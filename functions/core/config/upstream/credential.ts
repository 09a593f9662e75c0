// A compiled `upstream_auth` block, with defaults from the server and the gateway.

import { canonicalHash } from "../../json.ts";
import { RUNTIME_SESSION_HEADER } from "../../upstream/agentcore-session.ts";
import type { DescopeShorthand } from "../descope-shorthand.ts";
import { descopeBaseUrl } from "../descope-shorthand.ts";
import { normalHeaderName } from "../header-names.ts";
import type { ConnectionLevel, DescopeConnectionBlock } from "./connection.ts";
import { TOKEN_PLACEHOLDER } from "./fields.ts";
import type { UpstreamAuthBlock } from "./schema.ts";
import { awsHost, isAgentCoreUrl, type Sigv4Block } from "./sigv4.ts";
import type { ClientCredentialsBlock, TokenExchangeBlock } from "./token.ts";

/** The request is signed with the function's role. `region` defaults to the function's. */
export type Sigv4Credential = {
  type: "sigv4";
  service: string;
  region: string | undefined;
  /** ARN of the target, if configured; only used for the deployment */
  resourceArn: string | undefined;
  /** whether the URL is that of an AgentCore Runtime, which requires a session header */
  isAgentCore: boolean;
};

/** The header for a token: its lower-case name, and its value with `{token}`. */
export type TokenPlace = { header: string; format: string };

/** How the gateway authenticates at a token endpoint. `secret` may contain references. */
export type TokenClient = {
  id: string;
  method: "client_secret_basic" | "client_secret_post" | "private_key_jwt";
  secret: string | undefined;
};

/** Common properties of all token types. `hash` identifies the block. */
type TokenCredential = {
  place: TokenPlace;
  cacheSeconds: number;
  /** values may contain secret references */
  extraParameters: Readonly<Record<string, string>>;
  scopes: readonly string[];
  hash: string;
};

/** A token from a token endpoint: the gateway's, or one exchanged for the caller's. */
export type EndpointCredential = TokenCredential & {
  type: "client_credentials" | "token_exchange";
  tokenUrl: string;
  client: TokenClient;
  resource: string | undefined;
  audience: string | undefined;
};

/** A token that Descope stores. `managementKey` may contain a reference; undefined: fetched with the caller's token. */
export type ConnectionCredential = TokenCredential & {
  type: "descope_connection";
  endpoint: string;
  projectId: string;
  appId: string;
  level: ConnectionLevel;
  connectUrl: string | undefined;
  managementKey: string | undefined;
};

/** The credential for one server. */
export type UpstreamCredential = Sigv4Credential | EndpointCredential | ConnectionCredential;

/** An error of a block: its key and the message. */
export type CredentialFault = { key: string; message: string };

/** The scope that Descope Connections require of the caller's token. */
export const CONNECTION_SCOPE = "outbound.token.fetch";

/** Whether the caller's token must have {@link CONNECTION_SCOPE}. */
export function needsConnectionScope(credential: UpstreamCredential | undefined): boolean {
  return credential?.type === "descope_connection" && credential.managementKey === undefined;
}

/** Whether each tenant has a different credential. */
export function dependsOnTenant(credential: UpstreamCredential | undefined): boolean {
  return credential?.type === "descope_connection" && credential.level !== "user";
}

/** Whether the credential is obtained with the caller's token. */
export function usesCallerToken(credential: UpstreamCredential | undefined): boolean {
  return credential?.type === "token_exchange" || needsConnectionScope(credential);
}

/** Lower-case names of the headers that a credential sets. */
export function credentialHeaders(credential: UpstreamCredential): string[] {
  if (credential.type !== "sigv4") return [credential.place.header];
  const signature = ["authorization", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"];
  return credential.isAgentCore ? [...signature, RUNTIME_SESSION_HEADER] : signature;
}

/**
 * Compiles a block.
 *
 * @param block `upstream_auth`
 * @param descope the effective `descope` block of the server
 */
export function upstreamCredential(
  block: UpstreamAuthBlock | undefined,
  url: string,
  descope: DescopeShorthand | undefined,
): { ok: true; credential: UpstreamCredential | undefined } | { ok: false; faults: CredentialFault[] } {
  switch (block?.type) {
    case undefined:
    case "none":
      return { ok: true, credential: undefined };
    case "sigv4":
      return sigv4Credential(block, url);
    case "client_credentials":
    case "token_exchange":
      return endpointCredential(block, descope);
    case "descope_connection":
      return connectionCredential(block, descope);
  }
}

type Compiled = ReturnType<typeof upstreamCredential>;

function sigv4Credential(block: Sigv4Block, url: string): Compiled {
  const host = awsHost(new URL(url).hostname);
  const service = block.service ?? host?.service;
  if (service === undefined) {
    const message = `required, because it cannot be derived from the host of "url": the AWS service that requests are signed for. Add "service": "lambda".`;
    return { ok: false, faults: [{ key: "service", message }] };
  }
  const isAgentCore = service === "bedrock-agentcore" && isAgentCoreUrl(url);
  const region = block.region ?? host?.region;
  const resourceArn = block.resource_arn ?? block.agentcore_runtime_arn;
  return { ok: true, credential: { type: "sigv4", service, region, resourceArn, isAgentCore } };
}

function endpointCredential(
  block: ClientCredentialsBlock | TokenExchangeBlock,
  descope: DescopeShorthand | undefined,
): Compiled {
  const tokenUrl = block.token_url ?? (descope && `${descopeBaseUrl(descope)}/oauth2/v1/apps/token`);
  if (tokenUrl === undefined) return { ok: false, faults: [withoutDescope("token_url")] };
  const { type, resource, audience, client_id: id, auth_method: method, client_secret: secret } = block;
  const client = { id, method, secret };
  const made = { type, tokenUrl, client, resource, audience, ...tokenParts(block) };
  return { ok: true, credential: { ...made, hash: canonicalHash(made) } };
}

function connectionCredential(
  block: DescopeConnectionBlock,
  descope: DescopeShorthand | undefined,
): Compiled {
  const baseUrl = block.base_url ?? (descope && descopeBaseUrl(descope));
  const projectId = block.project_id ?? descope?.project_id;
  if (baseUrl === undefined || projectId === undefined) {
    const missing = { base_url: baseUrl, project_id: projectId };
    const keys = (["base_url", "project_id"] as const).filter((key) => missing[key] === undefined);
    return { ok: false, faults: keys.map(withoutDescope) };
  }
  const { level, app_id: appId, connect_url: connectUrl, management_key: managementKey } = block;
  const endpoint = `${baseUrl}${block.endpoint_path ?? connectionPath(block)}`;
  const made = {
    type: block.type,
    endpoint,
    projectId,
    appId,
    level,
    connectUrl,
    managementKey,
    ...tokenParts(block),
  };
  return { ok: true, credential: { ...made, hash: canonicalHash(made) } };
}

function connectionPath({ level, scopes }: DescopeConnectionBlock): string {
  const owner = level === "tenant" ? "tenant" : "user";
  return `/v1/mgmt/outbound/app/${owner}/token${scopes.length === 0 ? "/latest" : ""}`;
}

type TokenBlock = ClientCredentialsBlock | TokenExchangeBlock | DescopeConnectionBlock;

function tokenParts(block: TokenBlock): Omit<TokenCredential, "hash"> {
  const { cache_seconds: cacheSeconds, extra_parameters: extraParameters, scopes } = block;
  return { place: tokenPlace(block), cacheSeconds, extraParameters, scopes };
}

function tokenPlace({ header, format }: Pick<TokenBlock, "header" | "format">): TokenPlace {
  const isAuthorization = normalHeaderName(header) === "authorization";
  const template = format ?? (isAuthorization ? `Bearer ${TOKEN_PLACEHOLDER}` : TOKEN_PLACEHOLDER);
  const whole = template.includes(TOKEN_PLACEHOLDER) ? template : `${template} ${TOKEN_PLACEHOLDER}`;
  return { header: header.toLowerCase(), format: whole };
}

function withoutDescope(key: string): CredentialFault {
  const message = `required, because there is no "descope" block to provide it. Add "${key}" here, or "descope" to gateway.json.`;
  return { key, message };
}
