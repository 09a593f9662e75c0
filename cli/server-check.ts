// Calls one MCP server with the proxy's HTTP client and response checks, and explains what is wrong. The first request is `initialize`;
// if the server does not support it, `server/discover` of MCP 2026-07-28.
import type { EffectiveServer } from "../functions/core/config/effective-server.ts";
import { fillSecrets, secretNames } from "../functions/core/config/secret-references.ts";
import type { SendRequest } from "../functions/platform/http-client.ts";
import { createStaticHeaders } from "../functions/proxy/upstream-auth.ts";
import {
  ADVICE,
  type Call,
  type CalledServer,
  callServer,
  initializeCall,
  NOT_MCP,
  statelessCall,
} from "./server-call.ts";

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

const CLIENT = "descope-mcp-gateway-check";

/** Checks a server. @param identityNames header names that carry identity, on any server */
export async function checkServer(
  server: EffectiveServer,
  identityNames: ReadonlySet<string>,
  send: SendRequest,
): Promise<ServerFinding> {
  const auth = createStaticHeaders({ fill: async (text) => fillSecrets(text, () => "placeholder") });
  const call = (each: Call) => outcomeOfCall({ server, identityNames, send, auth }, each);
  const initialized = await call(initializeCall(CLIENT));
  const outcome = initialized.ok || !initialized.isMcp ? initialized : await discovered(call, initialized);
  // The session is no longer needed.
  if (initialized.session !== undefined) {
    const headers = { "mcp-session-id": initialized.session };
    await call({ method: "DELETE", message: {}, headers }).catch(() => {});
  }
  const { ok, found, todo } = outcome;
  return { server: server.name, url: server.url, ok, found, ...(todo && { todo }), notes: notesOf(server) };
}

type Called = Outcome & { isMcp: boolean };

async function discovered(call: (each: Call) => Promise<Called>, initialized: Called): Promise<Called> {
  const outcome = await call(statelessCall(CLIENT, "server/discover"));
  return outcome.ok || !outcome.isMcp ? outcome : initialized;
}

async function outcomeOfCall(place: CalledServer, call: Call): Promise<Called> {
  const reply = await callServer(place, call);
  if (!reply.ok) return failure(reply.found, reply.todo);
  const { message, status, session } = reply;
  return { ...outcomeOf(message, status), ...(session !== undefined && { session }) };
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
