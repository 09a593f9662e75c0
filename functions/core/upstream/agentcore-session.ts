// The session of AgentCore Runtime selects the microVM that serves a request: one for each caller and MCP session, never shared by two
// callers. The client's sealed session id contains it.
import { hash } from "node:crypto";
import type { IdBinding } from "../sealed-id.ts";

/** Header that names the session: 33 to 256 characters. */
export const RUNTIME_SESSION_HEADER = "x-amzn-bedrock-agentcore-runtime-session-id";

/** Not allowed in a session id (MCP: visible ASCII). */
const SEPARATOR = " ";

/** The upstream's session id and the runtime session in which it was created. */
export type RuntimeSession = { session: string; runtimeSession: string | undefined };

/**
 * The runtime session of a request.
 *
 * @param binding the caller and the server; `session` is the upstream's MCP session id, if any
 * @param seed distinguishes the sessions of one caller before they have an id
 */
export function runtimeSessionOf(
  { sub, issuer, server, tenant, session = "" }: IdBinding,
  seed = "",
): string {
  return hash("sha256", JSON.stringify([sub, issuer, server, tenant, session, seed]), "hex");
}

/** Both ids as one text, which is sealed as the client's session id. */
export function joinRuntimeSession(session: string, runtimeSession: string): string {
  return `${runtimeSession}${SEPARATOR}${session}`;
}

/** The reverse; without a separator, the text is the upstream's session id alone. */
export function splitRuntimeSession(joined: string): RuntimeSession {
  const at = joined.indexOf(SEPARATOR);
  return at === -1
    ? { session: joined, runtimeSession: undefined }
    : { session: joined.slice(at + 1), runtimeSession: joined.slice(0, at) };
}
