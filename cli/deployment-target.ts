// HTTP requests of `verify-deployment` to a deployed gateway, with timeouts and without following redirects. The token is sent only to
// the gateway's URL.

import { objectOrEmpty, readJson } from "../functions/core/json.ts";
import { connectionError } from "../functions/platform/connection-fault.ts";
import { commandText } from "../infra/package-paths.ts";

/** The deployment to check, and the tokens and names to check it with. */
export type Target = {
  /** the gateway's URL, no trailing slash */
  readonly url: string;
  /** a server that runs the `whoami` demo server's tools */
  readonly server: string;
  readonly token: string | undefined;
  readonly expiredToken: string | undefined;
  /** a server whose rules deny the token's claims */
  readonly deniedServer: string | undefined;
  /** a tool of `server` that requires scopes which the token lacks */
  readonly scopedTool: string | undefined;
  /** a server that runs the `everything` demo server's tools */
  readonly streamServer: string | undefined;
};

export type GatewayResponse = { readonly status: number; readonly headers: Headers; readonly text: string };

/** Options of a request; the default is a plain GET. */
export type RequestOptions = {
  readonly method?: string;
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** a string is sent unchanged, other values as JSON */
  readonly body?: unknown;
};

const REQUEST_TIMEOUT_MS = 60_000;
const MCP_HEADERS = {
  "content-type": "application/json",
  accept: "application/json, text/event-stream",
};

/** Sends a request; resolves with the response headers. @throws Error with the cause of a failed connection, or after a minute */
export async function open(url: string, { method = "GET", token, headers = {}, body }: RequestOptions = {}) {
  const request = {
    method,
    redirect: "manual",
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    headers: { ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  } as const;
  return await fetch(url, request).catch((error: Error) => {
    // The message is only "fetch failed"; the cause has the details.
    if (!(error.cause instanceof Error)) throw error;
    throw connectionError(error.cause, { url: new URL(url), connected: false, responded: false });
  });
}

/** Sends a request and reads the whole response. @throws Error as `open` does */
export async function send(url: string, options?: RequestOptions): Promise<GatewayResponse> {
  const response = await open(url, options);
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** A JSON-RPC request at a server's MCP endpoint. */
export function mcp(method: string, params: object = {}): RequestOptions {
  return { method: "POST", headers: MCP_HEADERS, body: { jsonrpc: "2.0", id: 1, method, params } };
}

/** A server's MCP endpoint. */
export function endpointOf({ url }: Target, server: string): string {
  return `${url}/${server}/mcp`;
}

/** The JSON body, or the data of the first event with an `id`; an empty object without either. */
export function bodyOf({ headers, text }: GatewayResponse): Record<string, unknown> {
  const texts = headers.get("content-type")?.startsWith("text/event-stream")
    ? [...text.matchAll(/^data: (.*)$/gm)].map(([, data = ""]) => data)
    : [text];
  const parsed = texts.map((each) => objectOrEmpty(readJson(each).value));
  return parsed.find((message) => "id" in message) ?? parsed[0] ?? {};
}

/** The object at a key, or an empty one. */
export function objectAt(value: Record<string, unknown>, key: string): Record<string, unknown> {
  return objectOrEmpty(value[key]);
}

/** `reason` of the gateway's error response. */
export function reasonOf(response: GatewayResponse): string {
  return String(objectAt(objectAt(bodyOf(response), "error"), "data")["reason"] ?? "none");
}

/**
 * Status and, for the gateway's error responses, reason: `404 not_found`. For a redirect also its target, and for an error of the MCP
 * server the request id, to find the `cause` in the audit line.
 */
export function outcomeOf(response: GatewayResponse): string {
  const { status, headers } = response;
  const reason = reasonOf(response);
  const location = headers.get("location");
  if (reason === "none") return location === null ? String(status) : `${status} to ${location}`;
  if (!reason.startsWith("downstream_")) return `${status} ${reason}`;
  const id = String(objectAt(objectAt(bodyOf(response), "error"), "data")["request_id"]);
  return `${status} ${reason}: see "cause" in the proxy's audit line of request_id ${id}, and ${commandText("config", "check")}`;
}
