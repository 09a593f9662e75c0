// Calls one MCP server with the proxy's HTTP client and response checks, and explains what is wrong. The first request is `initialize`;
// if the server does not support it, `server/discover` of MCP 2026-07-28.
import { isEventStream } from "../functions/core/body-format.ts";
import type { EffectiveServer } from "../functions/core/config/effective-server.ts";
import { fillSecrets, secretNames } from "../functions/core/config/secret-references.ts";
import { readJson } from "../functions/core/json.ts";
import { createSseSplitter, readEvent } from "../functions/core/sse-events.ts";
import type { SendRequest } from "../functions/platform/http-client.ts";
import { checkResponse } from "../functions/proxy/check-response.ts";
import { forwardRequest } from "../functions/proxy/forward.ts";
import { createStaticHeaders } from "../functions/proxy/upstream-auth.ts";

/** The result of a check. `todo` is set if something is wrong. */
export type ServerFinding = {
  readonly server: string;
  readonly url: string;
  readonly ok: boolean;
  readonly found: string;
  readonly todo?: string;
  /** what the check could not send */
  readonly notes: readonly string[];
};

type Outcome = { ok: boolean; found: string; todo?: string; session?: string };

const LEGACY_REVISION = "2025-11-25";
const REVISION = "2026-07-28";
const CLIENT = { name: "descope-mcp-gateway-check", version: "1.0.0" };
const RESPONSE_MS = 15_000;
const MESSAGE_MAX_BYTES = 1024 * 1024;

/** Checks a server. @param identityNames header names that carry identity, on any server */
export async function checkServer(
  server: EffectiveServer,
  identityNames: ReadonlySet<string>,
  send: SendRequest,
): Promise<ServerFinding> {
  const call = (message: object, headers: Record<string, string>, method = "POST") =>
    callServer(server, identityNames, send, { method, message, headers });
  const initialized = await call(INITIALIZE, {});
  const outcome = initialized.ok || !initialized.isMcp ? initialized : await discovered(call, initialized);
  // The session is no longer needed.
  if (initialized.session !== undefined)
    await call({}, { "mcp-session-id": initialized.session }, "DELETE").catch(() => {});
  const { ok, found, todo } = outcome;
  return { server: server.name, url: server.url, ok, found, ...(todo && { todo }), notes: notesOf(server) };
}

type Call = { method: string; message: object; headers: Record<string, string> };
type Called = Outcome & { isMcp: boolean };

const INITIALIZE = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: LEGACY_REVISION, capabilities: {}, clientInfo: CLIENT },
};
const DISCOVER = {
  jsonrpc: "2.0",
  id: 2,
  method: "server/discover",
  params: {
    _meta: {
      "io.modelcontextprotocol/protocolVersion": REVISION,
      "io.modelcontextprotocol/clientInfo": CLIENT,
      "io.modelcontextprotocol/clientCapabilities": {},
    },
  },
};

async function discovered(
  call: (message: object, headers: Record<string, string>) => Promise<Called>,
  initialized: Called,
): Promise<Called> {
  const routing = { "mcp-protocol-version": REVISION, "mcp-method": "server/discover" };
  const outcome = await call(DISCOVER, routing);
  return outcome.ok || !outcome.isMcp ? outcome : initialized;
}

async function callServer(
  server: EffectiveServer,
  identityHeaderNames: ReadonlySet<string>,
  send: SendRequest,
  { method, message, headers }: Call,
): Promise<Called> {
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
    identity: {},
    auth: createStaticHeaders({ fill: async (text) => fillSecrets(text, () => "placeholder") }),
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
    ...{ admitted, method, status, headers: others, body: forwarded.body },
    ...{ inSession: false, maxMs: RESPONSE_MS },
  });
  if (!checked.ok) return failure(causeText(checked.cause) ?? "", checked.errorResponse.message);
  if (checked.note !== undefined) return failure(causeText(checked.note) ?? "", NOT_MCP);
  const found = await messageIn(checked.body, isEventStream(others["content-type"]));
  return { ...outcomeOf(found, status), ...(session !== undefined && { session }) };
}

function outcomeOf(message: Record<string, unknown> | undefined, status: number): Called {
  const { result, error } = (message ?? {}) as Record<string, Record<string, unknown> | undefined>;
  if (typeof result === "object") {
    const { protocolVersion, supportedVersions } = result;
    const revision = protocolVersion ?? (supportedVersions as unknown[] | undefined)?.at(-1) ?? "?";
    const name = ((result["serverInfo"] ?? {}) as Record<string, unknown>)["name"] ?? "an MCP server";
    return { ok: true, isMcp: true, found: `${String(name)}, MCP ${String(revision)}` };
  }
  if (typeof error === "object") {
    const found = `status ${status}, JSON-RPC error ${String(error["code"])}: ${String(error["message"])}`;
    return { ok: false, isMcp: true, found, todo: ADVICE.rejected };
  }
  return failure(`status ${status} without a JSON-RPC message`, NOT_MCP);
}

function failure(found: string, todo: string): Called {
  return { ok: false, isMcp: false, found, todo };
}

const NOT_MCP = "Check the path of url: the MCP endpoint of most servers is /mcp.";
const ADVICE = {
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

function notesOf({ headers, identity, upstreamAuth }: EffectiveServer): string[] {
  const secrets = Object.values(headers).flatMap(secretNames);
  return [
    ...(secrets.length > 0 ? [`sent "placeholder" for the secret ${[...new Set(secrets)].join(", ")}`] : []),
    ...(identity === undefined ? [] : [`sent no ${identity.headerName}: this check has no caller`]),
    ...(upstreamAuth === undefined
      ? []
      : [`sent no credential of the type ${upstreamAuth.type}: 401 and 403 are expected`]),
  ];
}

/** The first message with a result or an error, if any. */
async function messageIn(
  body: AsyncIterable<Buffer>,
  isStream: boolean,
): Promise<Record<string, unknown> | undefined> {
  const splitter = createSseSplitter();
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      size += chunk.length;
      if (size > MESSAGE_MAX_BYTES) return undefined;
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
  const read = readJson(text, { maxDepth: 64, allowNonFinite: true });
  if (!read.ok || typeof read.value !== "object" || read.value === null) return undefined;
  const message = read.value as Record<string, unknown>;
  return "result" in message || "error" in message ? message : undefined;
}
