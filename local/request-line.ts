// One line per request on the terminal: time, status, milliseconds, server, user, what was asked for, and what was decided.
import { accessLogText, terminalText } from "../functions/core/safe-text.ts";
import type { RequestRecord } from "./api-gateway/request-record.ts";
import type { LoggedBy, LoggedOutcome } from "./request-outcomes.ts";
import type { Paint } from "./terminal.ts";

const MAX_CHARS = 120;

/** Which function's log line says what was decided; undefined where none does. */
export function outcomeLoggedBy({ decision }: RequestRecord): LoggedBy | undefined {
  if (decision.startsWith("allow")) return "proxy";
  // A denial with a reason has it from API Gateway: nobody sent a token, or the result is a cached one without a log line.
  return /^(?:UNAUTHORIZED$|ACCESS_DENIED|AUTHORIZER_FAILURE)/.test(decision) ? "authorizer" : undefined;
}

/**
 * Formats a finished request.
 *
 * @param nameOf what to call a subject
 * @param outcome what the function's log says was decided
 */
export function requestLine(
  record: RequestRecord,
  paint: Paint,
  nameOf = (subject: string) => subject,
  outcome?: LoggedOutcome,
): string {
  const { at, status, ms } = record;
  const colour = status < 400 ? paint.good : paint.bad;
  const head = [
    paint.dim(at.toTimeString().slice(0, 8)),
    colour(String(status)),
    `${Math.round(ms)} ms`.padStart(8),
  ];
  const text = terminalText(outcomeText(record.decision, outcome));
  // A denied call may well have the status 200.
  const shown = text.startsWith("allow") || text === "open" ? paint.dim(text) : paint.bad(text);
  return [...head, ...subject(record, nameOf), shown].join("  ");
}

/** The final decision first: what API Gateway and the authorizer made of the request stands behind it, where it says more. */
function outcomeText(decision: string, outcome: LoggedOutcome | undefined): string {
  if (outcome === undefined) return decision.replace(/^(?:ACCESS_DENIED|UNAUTHORIZED)\b/, "deny");
  const [result, ...end] = decision.split(", ");
  const { reason, details, wouldDeny, streamEnded, cause } = outcome;
  const why = details.length === 0 ? "" : ` (${details.join(", ")})`;
  const isAllowed = outcome.decision === "allow";
  const parts = [
    isAllowed ? (result as string) : `${outcome.decision} ${reason}${why}`,
    ...(wouldDeny === undefined ? [] : [`would deny ${wouldDeny}${why}`]),
    ...(isAllowed || result !== "allow (cached)" ? [] : ["authorizer: allow (cached)"]),
    ...(streamEnded === undefined ? [] : [`stream ended: ${streamEnded}`]),
    ...end,
  ];
  return parts.join(", ") + (cause === undefined ? "" : `: ${cause}`);
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
