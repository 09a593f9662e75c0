// Requests to one server of a deployment in its protocol era: with a session (MCP 2025-11-25 and before) or without (MCP 2026-07-28).
import { META } from "../functions/core/protocol-keys.ts";
import {
  bodyOf,
  endpointOf,
  type GatewayResponse,
  mcp,
  objectAt,
  open,
  type RequestOptions,
  send,
  type Target,
} from "./deployment-target.ts";

const OFFERED_VERSION = "2025-11-25";
const STATELESS_VERSION = "2026-07-28";
const CLIENT = { name: "verify-deployment", version: "1.0.0" };

type Headers = Readonly<Record<string, string>>;

/** Sends requests to one server. */
export type McpSession = {
  /** Reads the response to its end. */
  send(method: string, params?: object, headers?: Headers): Promise<GatewayResponse>;
  /** Resolves when the response begins. */
  open(method: string, params?: object, headers?: Headers): Promise<Response>;
};

/** Starts a session if the server supports `initialize`, and sends its session id with every request. */
export async function startSession(target: Target, server: string): Promise<McpSession> {
  const url = endpointOf(target, server);
  const { token } = target;
  const params = { protocolVersion: OFFERED_VERSION, capabilities: {}, clientInfo: CLIENT };
  const response = await send(url, { ...mcp("initialize", params), token });
  const version = objectAt(bodyOf(response), "result")["protocolVersion"];
  const isInitialised = response.status === 200 && typeof version === "string";
  const sessionId = response.headers.get("mcp-session-id");
  const sessionHeaders: Headers = isInitialised
    ? { "mcp-protocol-version": version, ...(sessionId !== null && { "mcp-session-id": sessionId }) }
    : {};
  if (isInitialised) {
    const { headers } = mcp("ping");
    const body = { jsonrpc: "2.0", method: "notifications/initialized" };
    await send(url, { method: "POST", body, token, headers: { ...headers, ...sessionHeaders } });
  }
  const request = (method: string, given: object = {}, more: Headers = {}): RequestOptions => {
    const options = isInitialised ? mcp(method, given) : stateless(method, given);
    return { ...options, token, headers: { ...options.headers, ...sessionHeaders, ...more } };
  };
  return {
    send: (method, given, headers) => send(url, request(method, given, headers)),
    open: (method, given, headers) => open(url, request(method, given, headers)),
  };
}

function stateless(method: string, params: object): RequestOptions {
  const { name, _meta = {} } = params as { name?: string; _meta?: object };
  const options = mcp(method, {
    ...params,
    _meta: {
      ..._meta,
      [META.protocolVersion]: STATELESS_VERSION,
      [META.clientInfo]: CLIENT,
      [META.clientCapabilities]: {},
    },
  });
  const routing = {
    "mcp-protocol-version": STATELESS_VERSION,
    "mcp-method": method,
    ...(name !== undefined && { "mcp-name": name }),
  };
  return { ...options, headers: { ...options.headers, ...routing } };
}
