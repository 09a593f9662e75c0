// An error that nothing has judged, as a reason for the log and the client, and as a cause for the log alone.
import { logText } from "../core/safe-text.ts";
import { ConfigurationUnavailable } from "./config-store.ts";
import { ConnectionError } from "./connection-fault.ts";
import { SecretUnavailable } from "./secret-store.ts";

type FailureReason = "configuration_unavailable" | "internal_error";

/** The reason that an error stands for. */
export function failureReason(cause: unknown): FailureReason {
  return cause instanceof ConfigurationUnavailable || cause instanceof SecretUnavailable
    ? "configuration_unavailable"
    : "internal_error";
}

const MAX_CAUSES = 3;
// Tokens, keys and credentials: JWTs and what follows a scheme, and long runs of the letters that such values are made of.
const CREDENTIAL = /eyJ[\w-]*(?:\.[\w-]*)*|\b(?:bearer|basic) +\S+|[\w+=~-]{32,}/gi;

/**
 * An error in words: its name, code and message, then those of what caused it. What looks like a credential is left out, and so is the
 * message of a `SyntaxError`, since JSON.parse quotes the text that it could not read.
 *
 * @param cause anything that was thrown
 */
export function describeFailure(cause: unknown): string {
  const parts: string[] = [];
  let current: unknown = cause;
  while (current !== undefined && parts.length < MAX_CAUSES) {
    parts.push(describeOne(current));
    // A connection error's message says what its cause was.
    current = current instanceof Error && !(current instanceof ConnectionError) ? current.cause : undefined;
  }
  return logText(parts.join(", because of "), 1_000);
}

function describeOne(cause: unknown): string {
  if (typeof cause === "string") return logText(cause.replace(CREDENTIAL, "…"));
  if (!(cause instanceof Error)) return `a thrown ${cause === null ? "null" : typeof cause}`;
  const { name, message, code } = cause as NodeJS.ErrnoException;
  // The gateway's own errors name parameters, never values.
  const isOwn = failureReason(cause) === "configuration_unavailable";
  const shown = cause instanceof SyntaxError ? "" : isOwn ? message : message.replace(CREDENTIAL, "…");
  const title = typeof code === "string" && code !== name ? `${name} ${code}` : name;
  return shown === "" ? title : `${title}: ${logText(shown)}`;
}
