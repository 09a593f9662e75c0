// Answers the open routes: protected resource metadata, public keys, and CORS preflights. Nothing here depends on who asks.
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from "aws-lambda";
import type { ConfigSnapshot } from "../core/config-snapshot.ts";
import { corsHeaders, preflightHeaders } from "../core/cors.ts";
import { type Refusal, refusal, refusalBody } from "../core/refusal.ts";
import { discoveryDocument, gatewayMetadata, serverMetadata } from "../core/resource-metadata.ts";
import { type ConfigStore, ConfigurationUnavailable } from "../platform/config-store.ts";
import type { Log } from "../platform/log.ts";
import type { SigningKeys } from "../platform/signing-keys.ts";

/** What the metadata function needs. `publicUrl` serves where `gateway.json` names none. */
export type MetadataParts = { config: ConfigStore; keys: SigningKeys; publicUrl: string; log: Log };

// Short enough for a changed scope to be seen soon, long enough to spare a sign-in its second request.
const CACHE_CONTROL = "public, max-age=300";

/** Makes the handler of the open routes. It never throws. */
export function createMetadata({ config, keys, publicUrl, log }: MetadataParts) {
  return async (event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> => {
    const requestId = event.requestContext.requestId;
    try {
      return await answer(event, await config.current(), keys, publicUrl);
    } catch (cause) {
      if (cause instanceof ConfigurationUnavailable) {
        const message = "The gateway's configuration is not available. Try again later.";
        return refuse(refusal("configuration_unavailable", message), requestId);
      }
      log.error("metadata failed", { request_id: requestId, cause: String(cause) });
      return refuse(refusal("internal_error", "The gateway failed. Try again."), requestId);
    }
  };
}

async function answer(
  event: APIGatewayProxyEvent,
  config: ConfigSnapshot,
  keys: SigningKeys,
  fallbackUrl: string,
): Promise<APIGatewayProxyResult> {
  const origin = header(event, "origin");
  const allowedOrigins = config.gateway.allowed_origins;
  if (event.httpMethod === "OPTIONS") {
    const requested = header(event, "access-control-request-headers");
    return { statusCode: 204, headers: preflightHeaders(origin, allowedOrigins, requested), body: "" };
  }
  const document = await documentOf(event, config, keys, config.gateway.public_url ?? fallbackUrl);
  if (document === undefined) {
    const message = "There is no such document here. Check the server name in the URL.";
    return refuse(refusal("not_found", message), event.requestContext.requestId);
  }
  const headers = {
    "content-type": "application/json",
    "cache-control": CACHE_CONTROL,
    ...corsHeaders(origin, allowedOrigins),
  };
  return { statusCode: 200, headers, body: JSON.stringify(document) };
}

async function documentOf(
  event: APIGatewayProxyEvent,
  config: ConfigSnapshot,
  keys: SigningKeys,
  publicUrl: string,
): Promise<object | undefined> {
  switch (event.resource) {
    case "/.well-known/oauth-protected-resource":
      return gatewayMetadata(config, publicUrl);
    case "/.well-known/oauth-protected-resource/{server}/mcp":
      return serverMetadata(config, publicUrl, event.pathParameters?.["server"] ?? "");
    case "/.well-known/jwks.json":
      return { keys: await keys.published() };
    case "/.well-known/openid-configuration":
      return discoveryDocument(publicUrl);
    default:
      return undefined;
  }
}

function header(event: APIGatewayProxyEvent, name: string): string | undefined {
  const entry = Object.entries(event.headers ?? {}).find(([key]) => key.toLowerCase() === name);
  return entry?.[1];
}

function refuse(refused: Refusal, requestId: string): APIGatewayProxyResult {
  return {
    statusCode: refused.status,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
    body: refusalBody(refused, null, requestId),
  };
}
