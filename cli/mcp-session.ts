// Requests to one server of a deployment in the way that the server speaks: with a session where it wants one (MCP 2025-11-25 and before),
// else each request alone (MCP 2026-07-28).
import {
  type Answer,
  type Asked,
  ask,
  bodyOf,
  endpointOf,
  mcp,
  objectAt,
  open,
  type Target,
} from "./deployment-target.ts";

const OFFERED_VERSION = "2025-11-25";
const STATELESS_VERSION = "2026-07-28";
const CLIENT = { name: "verify-deployment", version: "1.0.0" };

type Headers = Readonly<Record<string, string>>;

/** Sends requests to one server. */
export type McpSession = {
  /** Reads the response to its end. */
  ask(method: string, params?: object, headers?: Headers): Promise<Answer>;
  /** Resolves when the response begins. */
  open(method: string, params?: object, headers?: Headers): Promise<Response>;
};

/** Initialises where the server knows that; a session id that it gives goes with every request. */
export async function startSession(target: Target, server: string): Promise<McpSession> {
  const url = endpointOf(target, server);
  const { token } = target;
  const params = { protocolVersion: OFFERED_VERSION, capabilities: {}, clientInfo: CLIENT };
  const answer = await ask(url, { ...mcp("initialize", params), token });
  const version = objectAt(bodyOf(answer), "result")["protocolVersion"];
  const isInitialised = answer.status === 200 && typeof version === "string";
  const sessionId = answer.headers.get("mcp-session-id");
  const sessionHeaders: Headers = isInitialised
    ? { "mcp-protocol-version": version, ...(sessionId !== null && { "mcp-session-id": sessionId }) }
    : {};
  if (isInitialised) {
    const { headers } = mcp("ping");
    const body = { jsonrpc: "2.0", method: "notifications/initialized" };
    await ask(url, { method: "POST", body, token, headers: { ...headers, ...sessionHeaders } });
  }
  const request = (method: string, given: object = {}, more: Headers = {}): Asked => {
    const asked = isInitialised ? mcp(method, given) : stateless(method, given);
    return { ...asked, token, headers: { ...asked.headers, ...sessionHeaders, ...more } };
  };
  return {
    ask: (method, given, headers) => ask(url, request(method, given, headers)),
    open: (method, given, headers) => open(url, request(method, given, headers)),
  };
}

function stateless(method: string, params: object): Asked {
  const { name, _meta = {} } = params as { name?: string; _meta?: object };
  const asked = mcp(method, {
    ...params,
    _meta: {
      ..._meta,
      "io.modelcontextprotocol/protocolVersion": STATELESS_VERSION,
      "io.modelcontextprotocol/clientInfo": CLIENT,
      "io.modelcontextprotocol/clientCapabilities": {},
    },
  });
  const routing = {
    "mcp-protocol-version": STATELESS_VERSION,
    "mcp-method": method,
    ...(name !== undefined && { "mcp-name": name }),
  };
  return { ...asked, headers: { ...asked.headers, ...routing } };
}
