// Handles the public routes: protected resource metadata, public keys, and CORS preflights.
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from "aws-lambda";
import { COMBINED } from "../core/config/combined-endpoint.ts";
import type { ConfigSnapshot } from "../core/config-snapshot.ts";
import { corsHeaders, preflightHeaders } from "../core/cors.ts";
import { type ErrorResponse, errorBody, errorResponse } from "../core/error-response.ts";
import {
  authorizationServerOf,
  combinedMetadata,
  discoveryDocument,
  gatewayMetadata,
  serverMetadata,
} from "../core/resource-metadata.ts";
import { logText } from "../core/safe-text.ts";
import type { AuthorizationServers } from "../platform/authorization-servers.ts";
import type { ConfigStore } from "../platform/config-store.ts";
import { requestIdOf, serverOf } from "../platform/event-fields.ts";
import { describeFailure, failureReason } from "../platform/failure.ts";
import type { Log } from "../platform/log.ts";
import type { SigningKeys } from "../platform/signing-keys.ts";

/** Dependencies of the metadata function. `publicUrl` is the default for that of `gateway.json`. */
export type MetadataParts = {
  config: ConfigStore;
  keys: SigningKeys;
  authorizationServers: AuthorizationServers;
  publicUrl: string;
  log: Log;
};

const NO_DOCUMENT = errorResponse(
  "not_found",
  "There is no such document here. Check the server name in the URL.",
);
const UNAVAILABLE = errorResponse(
  "authorization_server_unavailable",
  "The authorization server's metadata could not be read. Try again later.",
);
/** Verifiers of identity JWTs find an issuer's keys here. */
const DISCOVERY = "/.well-known/openid-configuration";
// Short, so that changed scopes are used soon; long enough for both requests of a sign-in.
const CACHE_CONTROL = "public, max-age=300";

/** Creates the handler of the public routes. It never throws, and writes one log line per request. */
export function createMetadata(parts: MetadataParts) {
  const { config, log } = parts;
  return async (event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> => {
    const fields = fieldsOf(event);
    try {
      const response = await respond(event, await config.current(), parts);
      log.info("metadata", { ...fields, status: response.statusCode });
      return response;
    } catch (cause) {
      const reason = failureReason(cause);
      const failure =
        reason === "configuration_unavailable"
          ? errorResponse(reason, "The gateway's configuration is not available. Try again later.")
          : errorResponse(reason, "The gateway failed. Try again.");
      log.error("metadata failed", {
        ...fields,
        status: failure.status,
        reason,
        cause: describeFailure(cause),
      });
      return deny(failure, fields.request_id);
    }
  };
}

/** Log fields of a request. `route` is one of the API's; `server` comes from the client. */
function fieldsOf(event: APIGatewayProxyEvent) {
  const server = serverOf(event);
  return {
    request_id: requestIdOf(event),
    http_method: event?.httpMethod,
    route: event?.resource,
    server: server === "" ? undefined : logText(server),
  };
}

async function respond(
  event: APIGatewayProxyEvent,
  config: ConfigSnapshot,
  parts: MetadataParts,
): Promise<APIGatewayProxyResult> {
  const origin = header(event, "origin");
  if (event.httpMethod === "OPTIONS") {
    const requested = header(event, "access-control-request-headers");
    return { statusCode: 204, headers: preflightHeaders(origin, config, requested), body: "" };
  }
  const cors = corsHeaders(origin, config.gateway.allowed_origins);
  if (event.resource === DISCOVERY) cors["vary"] = "origin, mcp-protocol-version";
  const document = await documentOf(event, config, parts);
  if (document === undefined || document === "unavailable") {
    return deny(document === undefined ? NO_DOCUMENT : UNAVAILABLE, requestIdOf(event), cors);
  }
  const headers = { "content-type": "application/json", "cache-control": CACHE_CONTROL, ...cors };
  return { statusCode: 200, headers, body: JSON.stringify(document) };
}

async function documentOf(
  event: APIGatewayProxyEvent,
  config: ConfigSnapshot,
  { keys, authorizationServers, publicUrl: fallbackUrl }: MetadataParts,
): Promise<object | "unavailable" | undefined> {
  const publicUrl = config.gateway.public_url ?? fallbackUrl;
  const server = serverOf(event);
  switch (event.resource) {
    case "/.well-known/oauth-protected-resource":
      return gatewayMetadata(config, publicUrl);
    case "/.well-known/oauth-protected-resource/{server}/mcp":
      return serverMetadata(config, publicUrl, server);
    case "/.well-known/oauth-protected-resource/mcp":
      return combinedMetadata(config, publicUrl);
    case "/.well-known/oauth-authorization-server":
      return ofAuthorizationServer(config, authorizationServers, undefined);
    case "/.well-known/oauth-authorization-server/{server}/mcp":
      return ofAuthorizationServer(config, authorizationServers, server);
    case "/.well-known/oauth-authorization-server/mcp":
      return ofAuthorizationServer(config, authorizationServers, COMBINED);
    case "/.well-known/jwks.json":
      return { keys: await keys.published() };
    case DISCOVERY:
      // MCP clients, which send this header, look for an authorization server; the gateway is not one.
      return header(event, "mcp-protocol-version") === undefined
        ? discoveryDocument(config, publicUrl)
        : undefined;
    default:
      return undefined;
  }
}

async function ofAuthorizationServer(
  config: ConfigSnapshot,
  authorizationServers: AuthorizationServers,
  server: string | undefined,
): Promise<object | "unavailable" | undefined> {
  const issuer = authorizationServerOf(config, server);
  if (!config.gateway.serve_authorization_server_metadata || issuer === undefined) return undefined;
  return (await authorizationServers.metadata(issuer)) ?? "unavailable";
}

function header(event: APIGatewayProxyEvent, name: string): string | undefined {
  const entry = Object.entries(event.headers ?? {}).find(([key]) => key.toLowerCase() === name);
  return entry?.[1];
}

function deny(
  failure: ErrorResponse,
  requestId: string,
  cors = corsHeaders(undefined, []),
): APIGatewayProxyResult {
  return {
    statusCode: failure.status,
    headers: { "content-type": "application/json", "cache-control": "no-store", ...cors },
    body: errorBody(failure, null, requestId),
  };
}
