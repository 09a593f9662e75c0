// A deployed gateway as `verify-deployment` asks it: requests as clients send them, with time limits, and no redirects followed.
// The token goes to the gateway's own URL and nowhere else.

import { connectionError } from "../functions/platform/connection-fault.ts";

/** What is looked at, and what it is looked at with. */
export type Target = {
  /** the gateway's URL, no trailing slash */
  readonly url: string;
  /** a server that runs the `whoami` demo server's tools */
  readonly server: string;
  readonly token: string | undefined;
  readonly expiredToken: string | undefined;
  /** a server whose rules refuse the token's claims */
  readonly deniedServer: string | undefined;
  /** a tool of `server` that needs scopes which the token has not */
  readonly scopedTool: string | undefined;
  /** a server that runs the `everything` demo server's tools */
  readonly streamServer: string | undefined;
};

/** One answer, read to its end. */
export type Answer = { readonly status: number; readonly headers: Headers; readonly text: string };

/** How one request differs from a plain GET. */
export type Asked = {
  readonly method?: string;
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** text as it is, anything else as JSON */
  readonly body?: unknown;
};

const REQUEST_TIMEOUT_MS = 60_000;
const MCP_HEADERS = {
  "content-type": "application/json",
  accept: "application/json, text/event-stream",
};

/** Sends a request; resolves when the answer's head is there. @throws Error that says why nothing answers, or that nothing did in a minute */
export async function open(url: string, { method = "GET", token, headers = {}, body }: Asked = {}) {
  const request = {
    method,
    redirect: "manual",
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    headers: { ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  } as const;
  return await fetch(url, request).catch((error: Error) => {
    // `fetch failed` alone: what failed is in its cause.
    if (!(error.cause instanceof Error)) throw error;
    throw connectionError(error.cause, { url: new URL(url), connected: false, responded: false });
  });
}

/** Sends a request and reads the answer. @throws Error when nothing answers in a minute */
export async function ask(url: string, asked?: Asked): Promise<Answer> {
  const response = await open(url, asked);
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** A JSON-RPC request at a server's MCP endpoint. */
export function mcp(method: string, params: object = {}): Asked {
  return { method: "POST", headers: MCP_HEADERS, body: { jsonrpc: "2.0", id: 1, method, params } };
}

/** A server's MCP endpoint. */
export function endpointOf({ url }: Target, server: string): string {
  return `${url}/${server}/mcp`;
}

/** A JSON body, or that of the first event with an `id`; an empty object where there is neither. */
export function bodyOf({ headers, text }: Answer): Record<string, unknown> {
  const texts = headers.get("content-type")?.startsWith("text/event-stream")
    ? [...text.matchAll(/^data: (.*)$/gm)].map(([, data = ""]) => data)
    : [text];
  const parsed = texts.map(jsonObject);
  return parsed.find((message) => "id" in message) ?? parsed[0] ?? {};
}

/** The object at a key, or an empty one. */
export function objectAt(value: Record<string, unknown>, key: string): Record<string, unknown> {
  const found = value[key];
  return typeof found === "object" && found !== null ? (found as Record<string, unknown>) : {};
}

/** `reason` of one of the gateway's own error bodies. */
export function reasonOf(answer: Answer): string {
  return String(objectAt(objectAt(bodyOf(answer), "error"), "data")["reason"] ?? "none");
}

/**
 * Status and, in one of the gateway's own error bodies, reason: `404 not_found`. A redirect says where to; where the MCP server is at fault,
 * the request id leads to the audit line, whose `cause` says what is wrong.
 */
export function outcomeOf(answer: Answer): string {
  const { status, headers } = answer;
  const reason = reasonOf(answer);
  const location = headers.get("location");
  if (reason === "none") return location === null ? String(status) : `${status} to ${location}`;
  if (!reason.startsWith("downstream_")) return `${status} ${reason}`;
  const id = String(objectAt(objectAt(bodyOf(answer), "error"), "data")["request_id"]);
  return `${status} ${reason}: see "cause" in the proxy's audit line of request_id ${id}, and npm run config -- check`;
}

function jsonObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
