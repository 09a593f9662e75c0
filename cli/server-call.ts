// Sends one request to an MCP server with the proxy's HTTP client and response checks, and explains a failure.
import { isEventStream } from "../functions/core/body-format.ts";
import type { EffectiveServer } from "../functions/core/config/effective-server.ts";
import { readJson } from "../functions/core/json.ts";
import { LENIENT } from "../functions/core/lenient-json.ts";
import { META } from "../functions/core/protocol-keys.ts";
import { createSseSplitter, readEvent } from "../functions/core/sse-events.ts";
import type { SendRequest } from "../functions/platform/http-client.ts";
import { checkResponse } from "../functions/proxy/check-response.ts";
import { forwardRequest } from "../functions/proxy/forward.ts";
import type { UpstreamAuth } from "../functions/proxy/upstream-auth.ts";

/** A request to a server. */
export type Call = { method: string; message: object; headers: Record<string, string> };

const LEGACY_REVISION = "2025-11-25";
/** The first revision without sessions. */
export const STATELESS_REVISION = "2026-07-28";

/** `initialize`, of the revisions with sessions. @param client the name in `clientInfo` */
export function initializeCall(client: string): Call {
  const params = {
    protocolVersion: LEGACY_REVISION,
    capabilities: {},
    clientInfo: { name: client, version: "1.0.0" },
  };
  return postOf("initialize", params, {});
}

/** A request of the revision without sessions, which states revision and client itself. @param client the name in `clientInfo` */
export function statelessCall(client: string, method: string, params: object = {}): Call {
  const _meta = {
    [META.protocolVersion]: STATELESS_REVISION,
    [META.clientInfo]: { name: client, version: "1.0.0" },
    [META.clientCapabilities]: {},
  };
  const routing = { "mcp-protocol-version": STATELESS_REVISION, "mcp-method": method };
  return postOf(method, { ...params, _meta }, routing);
}

/** A JSON-RPC request. */
export function postOf(method: string, params: object, headers: Record<string, string>): Call {
  return { method: "POST", message: { jsonrpc: "2.0", id: 1, method, params }, headers };
}

/** Where requests go, and with which headers. */
export type CalledServer = {
  server: EffectiveServer;
  /** header names that carry identity, on any server */
  identityNames: ReadonlySet<string>;
  send: SendRequest;
  /** adds the static headers */
  auth: UpstreamAuth;
  /** further headers of the gateway */
  identity?: Readonly<Record<string, string>>;
  /** largest message that is read; default 1 MiB */
  maxBytes?: number;
};

/** The server's message, undefined if the response has none; or what was found instead. */
export type ServerReply =
  | { ok: true; message: Record<string, unknown> | undefined; status: number; session?: string }
  | { ok: false; found: string; todo: string };

const RESPONSE_MS = 15_000;
const MESSAGE_MAX_BYTES = 1024 * 1024;

/** Sends one request. @returns the server's message, or what was found instead and what to do */
export async function callServer(
  {
    server,
    identityNames: identityHeaderNames,
    send,
    auth,
    identity = {},
    maxBytes = MESSAGE_MAX_BYTES,
  }: CalledServer,
  { method, message, headers }: Call,
): Promise<ServerReply> {
  const body = method === "POST" ? JSON.stringify(message) : undefined;
  const firstByteMs = Math.min(server.timeouts.firstByteMs, RESPONSE_MS);
  const patient = { ...server, timeouts: { ...server.timeouts, firstByteMs, idleMs: RESPONSE_MS } };
  const admitted = { server: patient, messages: [{ id: 1, method: "initialize", params: {} }] };
  const forwarded = await forwardRequest({
    request: {
      method,
      server: server.name,
      headers: new Map(Object.entries(headers).map(([name, value]) => [name, [value]])),
      body,
    },
    admitted,
    identity,
    auth,
    config: { identityHeaderNames },
    send,
    onSend: () => {},
    limit: { end: "time", leftMs: () => 2 * RESPONSE_MS },
  });
  if (!forwarded.ok) {
    if (forwarded.ended !== undefined) return failure("no response", ADVICE.downstream_timeout);
    const { cause, errorResponse, downstreamStatus } = forwarded;
    const reason = errorResponse.reason as keyof typeof ADVICE;
    return failure(causeText(cause) ?? `status ${downstreamStatus}`, todoFor(causeText(cause), reason));
  }
  const { status } = forwarded;
  const { "mcp-session-id": session, ...others } = forwarded.headers;
  const checked = await checkResponse({
    admitted,
    method,
    status,
    headers: others,
    body: forwarded.body,
    inSession: false,
    maxMs: RESPONSE_MS,
  });
  if (!checked.ok) return failure(causeText(checked.cause) ?? "", checked.errorResponse.message);
  if (checked.note !== undefined) return failure(causeText(checked.note) ?? "", NOT_MCP);
  const found = await messageIn(checked.body, isEventStream(others["content-type"]), maxBytes);
  return { ok: true, message: found, status, ...(session !== undefined && { session }) };
}

function failure(found: string, todo: string): ServerReply {
  return { ok: false, found, todo };
}

/** What to do if a response is not MCP. */
export const NOT_MCP = "Check the path of url: the MCP endpoint of most servers is /mcp.";
/** What to do about a failure, by reason. */
export const ADVICE = {
  rejected:
    "The server speaks MCP but rejects a client's first request: see what it says. It may require headers that this command cannot send.",
  downstream_timeout:
    "The server accepts connections and does not respond: check its log, and any proxy in front of it.",
  downstream_unauthorized:
    "The server requires credentials. This is expected if it requires the caller's identity or a secret, which this command cannot send; otherwise remove its own sign-in, or add its credential to headers.",
  downstream_unreachable: "Check host and port of url, and that the server is running.",
  downstream_invalid_response: NOT_MCP,
};

const TODO_BY_FAULT: readonly [fault: string, todo: string][] = [
  ["dns", "Check the spelling of the host in url. A private name can be resolved only inside its network."],
  ["refused", "Check the port in url, and that the server is running."],
  ["unreachable", "Check routes, subnets and security groups: there is no route from this machine."],
  ["connect_timeout", "Packets are dropped: check security groups and firewalls, and the port."],
  [
    "tls_certificate",
    "The server needs a certificate for this host name from a public certificate authority, with its chain.",
  ],
  ["tls", "Check that the port is the server's https port, and that it supports TLS 1.2 or later."],
  ["wrong_scheme", "Correct the scheme in url."],
  ["http2_only", "Enable HTTP/1.1 on the server, or on the proxy in front of it."],
  ["redirect", "Set url to the target of the redirect."],
  ["compression", "Turn compression off for MCP: the gateway does not accept it."],
  ["first_byte_timeout", ADVICE.downstream_timeout],
];

function todoFor(cause: string | undefined, reason: keyof typeof ADVICE): string {
  const byFault = TODO_BY_FAULT.find(([fault]) => cause?.startsWith(`${fault}:`));
  return byFault?.[1] ?? ADVICE[reason] ?? ADVICE.downstream_unreachable;
}

function causeText(cause: unknown): string | undefined {
  if (cause === undefined) return undefined;
  return cause instanceof Error ? cause.message : String(cause);
}

/** The first message with a result or an error, if any. */
async function messageIn(
  body: AsyncIterable<Buffer>,
  isStream: boolean,
  maxBytes: number,
): Promise<Record<string, unknown> | undefined> {
  const splitter = createSseSplitter();
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      size += chunk.length;
      if (size > maxBytes) return undefined;
      if (!isStream) chunks.push(chunk);
      else
        for (const event of splitter.push(chunk)) {
          const message = parsed(readEvent(event.toString("utf8")).data);
          if (message !== undefined) return message;
        }
    }
  } catch {
    return undefined;
  }
  return parsed(Buffer.concat(chunks).toString("utf8"));
}

function parsed(text: string): Record<string, unknown> | undefined {
  const read = readJson(text, LENIENT);
  if (!read.ok || typeof read.value !== "object" || read.value === null) return undefined;
  const message = read.value as Record<string, unknown>;
  return "result" in message || "error" in message ? message : undefined;
}
