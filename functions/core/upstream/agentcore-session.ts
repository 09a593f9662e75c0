// The session of AgentCore Runtime: which microVM serves a request. One for each caller and MCP session, so that the requests of a session
// meet the server that began it, and two callers never share one. It travels inside the client's sealed session id.
import { hash } from "node:crypto";
import type { IdBinding } from "../sealed-id.ts";

/** Header that names the session: 33 to 256 characters. */
export const RUNTIME_SESSION_HEADER = "x-amzn-bedrock-agentcore-runtime-session-id";

/** Never part of a session id (MCP: visible ASCII). */
const SEPARATOR = " ";

/** A server's own session id with the session of the runtime that began it. */
export type RuntimeSession = { session: string; runtimeSession: string | undefined };

/**
 * The runtime's session of a request.
 *
 * @param binding the caller and the server; `session` is the server's own MCP session id, where there is one
 * @param seed what tells sessions of one caller apart while they begin
 */
export function runtimeSessionOf(
  { sub, issuer, server, tenant, session = "" }: IdBinding,
  seed = "",
): string {
  return hash("sha256", JSON.stringify([sub, issuer, server, tenant, session, seed]), "hex");
}

/** Joins both ids: what is sealed for the client. */
export function joinRuntimeSession(session: string, runtimeSession: string): string {
  return `${runtimeSession}${SEPARATOR}${session}`;
}

/** Takes both apart again. */
export function splitRuntimeSession(joined: string): RuntimeSession {
  const at = joined.indexOf(SEPARATOR);
  return at === -1
    ? { session: joined, runtimeSession: undefined }
    : { session: joined.slice(at + 1), runtimeSession: joined.slice(0, at) };
}
