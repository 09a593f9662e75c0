// One POST to an MCP endpoint over plain HTTP, fully controlled by the test.
import { type RawResponse, rawRequest } from "./raw-http.ts";

/** What is sent. Headers are flat: name, value, name, value; they come after the usual ones. */
export type McpRequest = {
  token?: string;
  method?: string;
  headers?: readonly string[];
  /** strings and bytes are sent unchanged, other values as JSON; default: a `ping`; null: no body */
  body?: unknown;
};

export const PING = { jsonrpc: "2.0", id: 1, method: "ping" };
const USUAL_HEADERS = ["Content-Type", "application/json", "Accept", "application/json, text/event-stream"];

/** Sends a request; usual headers that `headers` names too are left out. */
export function sendMcp(url: string, { token, method = "POST", headers = [], body = PING }: McpRequest = {}) {
  return rawRequest(url, { method, headers: requestHeaders(token, headers), ...bodyPart(body) });
}

/** The flat header list of a request. */
export function requestHeaders(token: string | undefined, headers: readonly string[]): string[] {
  const given = new Set(headers.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase()));
  const usual = USUAL_HEADERS.filter(
    (_, at) => !given.has(USUAL_HEADERS[at - (at % 2)]?.toLowerCase() ?? ""),
  );
  return [...usual, ...(token === undefined ? [] : ["Authorization", `Bearer ${token}`]), ...headers];
}

/** A `tools/call`. */
export function toolCall(name: unknown, id: number | string = 1): object {
  return { jsonrpc: "2.0", id, method: "tools/call", params: { name, arguments: {} } };
}

/** The body of a response as JSON. */
// biome-ignore lint/suspicious/noExplicitAny: what a test expects of it is written there, as a literal
export function jsonOf(response: RawResponse): any {
  return JSON.parse(response.body);
}

function bodyPart(body: unknown): { body?: string | Buffer } {
  if (body === null) return {};
  return { body: typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body) };
}
