// One line per request on the terminal: time, status, milliseconds, server, user, what was asked for, and what was decided.
import { accessLogText, terminalText } from "../functions/core/safe-text.ts";
import type { RequestRecord } from "./api-gateway/request-record.ts";
import type { Paint } from "./terminal.ts";

const MAX_CHARS = 120;

/** Whether a function's log may say why a request failed. */
export function mayHaveCause({ status, decision }: RequestRecord): boolean {
  return status >= 500 || decision.startsWith("allow,");
}

/**
 * Formats a finished request.
 *
 * @param nameOf what to call a subject
 * @param cause what the function's log says about a failure
 */
export function requestLine(
  record: RequestRecord,
  paint: Paint,
  nameOf = (subject: string) => subject,
  cause?: string,
): string {
  const { at, status, ms } = record;
  const colour = status < 400 ? paint.good : paint.bad;
  const head = [
    paint.dim(at.toTimeString().slice(0, 8)),
    colour(String(status)),
    `${Math.round(ms)} ms`.padStart(8),
  ];
  const decision = cause === undefined ? record.decision : `${record.decision}: ${cause}`;
  return [...head, ...subject(record, nameOf), paint.dim(terminalText(decision))].join("  ");
}

function subject(record: RequestRecord, nameOf: (subject: string) => string): string[] {
  const { server, path, httpMethod, user, mcpMethod, name } = record;
  // What is no request to a server says so by its path.
  if (server === undefined || !path.endsWith(`/${server}/mcp`) || path.includes("/.well-known/")) {
    return [printable(`${httpMethod} ${path}`).padEnd(56)];
  }
  const call = [mcpMethod ?? httpMethod, name].filter((part) => part !== undefined).join(" ");
  const who = user === undefined ? "-" : nameOf(user);
  return [printable(server).padEnd(10), printable(who).padEnd(12), printable(call).padEnd(28)];
}

// One row of columns: what has no place in it, or none on a terminal, is a question mark.
function printable(text: string): string {
  return accessLogText(text, MAX_CHARS);
}
