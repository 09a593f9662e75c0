// One line per request on the terminal: time, status, milliseconds, server, user, method or path, and decision.
import { COMBINED } from "../functions/core/config/combined-endpoint.ts";
import { accessLogText, terminalText } from "../functions/core/safe-text.ts";
import type { RequestRecord } from "./api-gateway/request-record.ts";
import type { LoggedBy, LoggedOutcome } from "./request-outcomes.ts";
import type { Paint } from "./terminal.ts";

const MAX_CHARS = 120;

/** The function whose log line has the decision; undefined without such a line. */
export function outcomeLoggedBy({ decision, server }: RequestRecord): LoggedBy | undefined {
  if (decision.startsWith("allow")) return server === COMBINED ? "combined" : "proxy";
  // Here the reason comes from API Gateway: the request has no token, or the result is cached and has no log line.
  return /^(?:UNAUTHORIZED$|ACCESS_DENIED|AUTHORIZER_FAILURE)/.test(decision) ? "authorizer" : undefined;
}

/** Formats a finished request. @param nameOf the display name of a subject */
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
  // A denied call can have the status 200.
  const shown = text.startsWith("allow") || text === "open" ? paint.dim(text) : paint.bad(text);
  return [...head, ...subject(record, nameOf), shown].join("  ");
}

/** The final decision, then the result of API Gateway and the authorizer if it adds information. */
function outcomeText(decision: string, outcome: LoggedOutcome | undefined): string {
  if (outcome === undefined) return decision.replace(/^(?:ACCESS_DENIED|UNAUTHORIZED)\b/, "deny");
  const [result, ...end] = decision.split(", ");
  const { reason, details, wouldDeny, streamEnded, unavailable, changedTools, cause } = outcome;
  const why = details.length === 0 ? "" : ` (${details.join(", ")})`;
  const isAllowed = outcome.decision === "allow";
  const parts = [
    isAllowed ? (result as string) : `${outcome.decision} ${reason}${why}`,
    ...(wouldDeny === undefined ? [] : [`would deny ${wouldDeny}${why}`]),
    ...(isAllowed || result !== "allow (cached)" ? [] : ["authorizer: allow (cached)"]),
    ...changedTools.map((tool) => `changed since it was pinned: ${tool}`),
    ...unavailable.map((member) => `without ${member}`),
    ...(streamEnded === undefined ? [] : [`stream ended: ${streamEnded}`]),
    ...end,
  ];
  return parts.join(", ") + (cause === undefined ? "" : `: ${cause}`);
}

function subject(record: RequestRecord, nameOf: (subject: string) => string): string[] {
  const { server, path, httpMethod, user, mcpMethod, name } = record;
  // A request that is not for a server is shown by its path.
  const end = server === COMBINED ? COMBINED : `/${server}/mcp`;
  if (server === undefined || !path.endsWith(end) || path.includes("/.well-known/")) {
    return [printable(`${httpMethod} ${path}`).padEnd(56)];
  }
  const call = [mcpMethod ?? httpMethod, name].filter((part) => part !== undefined).join(" ");
  const who = user === undefined ? "-" : nameOf(user);
  return [printable(server).padEnd(10), printable(who).padEnd(12), printable(call).padEnd(28)];
}

// One row of columns: white space and control characters become a question mark.
function printable(text: string): string {
  return accessLogText(text, MAX_CHARS);
}
