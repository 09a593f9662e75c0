// The proxy's checks before it forwards a request: the principal again, then origin, method, media types and the body.
// Authentication is checked before anything that would lead to another response, 404 and 405 included.
import { authorizeMessages, type DeniedTarget } from "./authorize-messages.ts";
import { checkBlocked } from "./blocked.ts";
import type { BlockedEntry } from "./config/blocked-entries.ts";
import type { EffectiveServer } from "./config/effective-server.ts";
import { type ConfigSnapshot, serverNamed } from "./config-snapshot.ts";
import { type ErrorReason, type ErrorResponse, errorResponse, type RequestId } from "./error-response.ts";
import { type McpMessage, parseMcpBody } from "./mcp-message.ts";
import { acceptedTypes, EVENT_STREAM_TYPE, isPlainJson, JSON_TYPE } from "./media-types.ts";
import type { Principal } from "./principal.ts";
import { mismatchedHeader, protocolVersionOf } from "./routing-headers.ts";
import { accessLogText } from "./safe-text.ts";
import { BLOCKED_MESSAGE } from "./token-denial.ts";
import { tenantTarget } from "./upstream/tenant.ts";

/** The only revision with JSON-RPC batches, and the one assumed for a request without a version. */
const BATCH_REVISION = "2025-03-26";

/** A request, independent of the form of API Gateway's event. */
export type GatewayRequest = {
  method: string;
  /** server name in the path, or that of the combined endpoint */
  server: string;
  /** all values by lower-case name */
  headers: ReadonlyMap<string, readonly string[]>;
  /** the body to forward; undefined without a body, or if it is not valid UTF-8 */
  body: string | undefined;
};

/** A request that may be forwarded. */
export type AdmittedRequest = {
  principal: Principal;
  server: EffectiveServer;
  messages: readonly McpMessage[];
  id: RequestId;
  /** the protocol revision that the request states */
  protocolVersion: string | undefined;
  /** the error response that a rule in `log_only` mode would have caused */
  shadowed?: ErrorResponse;
  /** what rules in `log_only` mode would have denied */
  denied?: readonly DeniedTarget[];
};

/** Outcome of the checks. */
export type Admission =
  | ({ ok: true } & AdmittedRequest)
  | {
      ok: false;
      errorResponse: ErrorResponse;
      id: RequestId;
      messages?: readonly McpMessage[];
      /** the targets that rules deny */
      denied?: readonly DeniedTarget[];
      /** the entry of `blocked` that matches the caller */
      blocked?: BlockedEntry;
    };

/**
 * Checks a request.
 *
 * @param principal the caller that the authorizer verified; undefined denies
 * @param publicUrl the gateway's own URL: its origin needs no entry in `allowed_origins`
 * @param withDenied returns the server with the pinned tools that are denied because their definition changed; default: none
 */
export function admitRequest(
  request: GatewayRequest,
  principal: Principal | undefined,
  config: ConfigSnapshot,
  publicUrl: string,
  now: Date,
  withDenied: (server: EffectiveServer) => EffectiveServer = (same) => same,
): Admission {
  // The context contains the server's name, escaped for access logs. Valid server names need no escape.
  if (principal === undefined || principal.server !== accessLogText(request.server)) {
    return deny(
      "principal_missing",
      "The request did not come with a verified caller. Send it through the gateway's URL.",
    );
  }
  const server = admittedServer(principal, config);
  if (config.invalidServers.has(principal.server)) {
    return deny(
      "configuration_unavailable",
      "This server is not available: its configuration has a fault. Try again later.",
    );
  }
  // The authorizer's result may have been cached for longer than the token is valid.
  const tolerance = server?.tokenRules.clockToleranceSeconds ?? 0;
  if (principal.exp + tolerance <= now.getTime() / 1000) {
    return deny("unauthorized", "The access token has expired. Refresh it or sign in again.");
  }
  const blocked = checkBlocked(request.headers, principal, config, now);
  if (blocked.type === "blocked") {
    return { ...deny("blocked", BLOCKED_MESSAGE), blocked: blocked.entry };
  }
  if (blocked.type === "unverifiable") {
    return deny(
      "principal_missing",
      "The request did not come with the token that was verified. Send the token once, in the configured header.",
    );
  }
  if (server === undefined) {
    return deny(
      "unknown_server",
      "There is no MCP server of this name here. Check the server name in the URL.",
    );
  }
  const target = tenantTarget(server, principal);
  if (!target.ok) return { ok: false, errorResponse: target.errorResponse, id: null };
  return admitToServer({ request, principal, server: withDenied(target.server), config, publicUrl });
}

type ServerRequest = {
  request: GatewayRequest;
  principal: Principal;
  server: EffectiveServer;
  config: ConfigSnapshot;
  publicUrl: string;
};

function admittedServer(principal: Principal, config: ConfigSnapshot): EffectiveServer | undefined {
  const server = principal.admitted ? serverNamed(config, principal.server) : undefined;
  return server?.enabled === true ? server : undefined;
}

function admitToServer(parts: ServerRequest): Admission {
  const { request, server, config, publicUrl } = parts;
  const origin = request.headers.get("origin");
  if (origin !== undefined && !origin.every((value) => isAllowedOrigin(value, config, publicUrl))) {
    return deny(
      "origin_not_allowed",
      "This web origin may not call the gateway. The administrator can add it to allowed_origins.",
    );
  }
  switch (request.method) {
    case "POST":
      return admitPost(parts);
    case "GET":
      // A stream that the server ended early is resumed whatever the setting says, to get the rest of a response (SEP-1699).
      if (!server.getStream && !request.headers.has("last-event-id"))
        return denyMethod("POST, DELETE", "This server opens no stream for GET. Use POST.");
      if (!accepts(request, EVENT_STREAM_TYPE)) {
        return deny("not_acceptable", "GET opens an event stream. Send Accept: text/event-stream.");
      }
      return admitWithoutBody(parts);
    case "DELETE":
      return admitWithoutBody(parts);
    default:
      return denyMethod("POST, GET, DELETE", "An MCP endpoint takes POST, GET and DELETE.");
  }
}

function admitWithoutBody({ request, principal, server }: ServerRequest): Admission {
  const protocolVersion = protocolVersionOf(request.headers, []);
  return { ok: true, principal, server, messages: [], id: null, protocolVersion };
}

function admitPost({ request, principal, server, config }: ServerRequest): Admission {
  if (!isPlainJson(request.headers.get("content-type"), request.headers.get("content-encoding"))) {
    return deny("unsupported_media_type", "Send the message as Content-Type: application/json.");
  }
  if (!accepts(request, JSON_TYPE, EVENT_STREAM_TYPE)) {
    return deny("not_acceptable", "Send Accept: application/json, text/event-stream.");
  }
  const { max_body_bytes: maxBytes, max_json_depth: maxDepth } = config.gateway.limits;
  const size = Buffer.byteLength(request.body ?? "");
  if (size > maxBytes) {
    return deny(
      "request_too_large",
      `The body has ${size} bytes; at most ${maxBytes} are accepted. Send less.`,
    );
  }
  const body = parseMcpBody(request.body ?? "", maxDepth);
  if (!body.ok) return body;
  const { messages, id } = body;
  const protocolVersion = protocolVersionOf(request.headers, messages);
  if (body.batch && protocolVersion !== undefined && protocolVersion !== BATCH_REVISION) {
    const message = `Batches exist in MCP ${BATCH_REVISION} alone. Send one message per request.`;
    return { ok: false, errorResponse: errorResponse("batch_not_supported", message), id, messages };
  }
  const header = mismatchedHeader(request.headers, messages);
  if (header !== undefined) {
    const message = `The header ${header} does not say what the body says. Send the value of the body, once.`;
    return { ok: false, errorResponse: errorResponse("header_mismatch", message), id, messages };
  }
  const { errorResponse: denied, ...noted } = authorizeMessages(messages, server, principal);
  if (denied !== undefined) return { ok: false, errorResponse: denied, id, messages, ...noted };
  return { ok: true, principal, server, messages, id, protocolVersion, ...noted };
}

// Origins are compared as a whole (RFC 6454 §4). The gateway's own origin needs no entry: pages of other sites cannot have it.
function isAllowedOrigin(origin: string, config: ConfigSnapshot, publicUrl: string): boolean {
  return origin === new URL(publicUrl).origin || config.gateway.allowed_origins.includes(origin);
}

function accepts(request: GatewayRequest, ...mediaTypes: string[]): boolean {
  return acceptedTypes(request.headers.get("accept"), mediaTypes).length > 0;
}

function deny(reason: ErrorReason, message: string): Extract<Admission, { ok: false }> {
  return { ok: false, errorResponse: errorResponse(reason, message), id: null };
}

function denyMethod(allow: string, message: string): Admission {
  return {
    ok: false,
    errorResponse: { ...errorResponse("method_not_allowed", message), headers: { allow } },
    id: null,
  };
}
