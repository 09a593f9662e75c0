// One line per request on the terminal: time, status, method, path, milliseconds, then who asked for what.
import type { RequestRecord } from "./api-gateway/request-record.ts";
import type { Paint } from "./terminal.ts";

/** Formats a finished request. */
export function requestLine(record: RequestRecord, paint: Paint): string {
  const { at, status, httpMethod, path, ms, decision, user, mcpMethod, name } = record;
  const time = at.toTimeString().slice(0, 8);
  const colour = status < 400 ? paint.good : paint.bad;
  const call = [mcpMethod, name].filter((part) => part !== undefined).join(" ");
  const details = [user, call, decision].filter((part) => part !== undefined && part !== "").map(printable);
  return [
    paint.dim(time),
    colour(String(status)),
    httpMethod.padEnd(6),
    printable(path).padEnd(24),
    `${Math.round(ms)} ms`.padStart(8),
    paint.dim(details.join("  ")),
  ].join("  ");
}

// What a client sends must not reach the terminal as control sequences.
function printable(text: string | undefined): string {
  return (text ?? "").replace(/[^\x20-\x7e]/g, "?").slice(0, 120);
}
