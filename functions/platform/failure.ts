// Maps an unexpected error to a reason, for log and client, and to a cause, only for the log.
import { logText } from "../core/safe-text.ts";
import { ConfigurationUnavailable } from "./config-store.ts";
import { ConnectionError } from "./connection-fault.ts";
import { SecretUnavailable } from "./secret-store.ts";

type FailureReason = "configuration_unavailable" | "internal_error";

/** The reason for the client: configuration or secret unavailable, or an internal error. */
export function failureReason(cause: unknown): FailureReason {
  return cause instanceof ConfigurationUnavailable || cause instanceof SecretUnavailable
    ? "configuration_unavailable"
    : "internal_error";
}

const MAX_CAUSES = 3;
// Tokens, keys and credentials: JWTs, values after an authentication scheme, and long runs of base64 characters.
const CREDENTIAL = /eyJ[\w-]*(?:\.[\w-]*)*|\b(?:bearer|basic) +\S+|[\w+=~-]{32,}/gi;

/**
 * Describes an error: name, code and message, then those of its causes. Removes credentials, and the message of a `SyntaxError`,
 * because JSON.parse quotes the invalid text.
 *
 * @param cause anything that was thrown
 */
export function describeFailure(cause: unknown): string {
  const parts: string[] = [];
  let current: unknown = cause;
  while (current !== undefined && parts.length < MAX_CAUSES) {
    parts.push(describeOne(current));
    // A connection error's message already describes its cause.
    current = current instanceof Error && !(current instanceof ConnectionError) ? current.cause : undefined;
  }
  return logText(parts.join(", because of "), 1_000);
}

function describeOne(cause: unknown): string {
  if (typeof cause === "string") return logText(cause.replace(CREDENTIAL, "…"));
  if (!(cause instanceof Error))
    return `${cause === null ? "null" : `a value of type ${typeof cause}`} was thrown instead of an Error`;
  const { name, message, code } = cause as NodeJS.ErrnoException;
  // The gateway's errors contain parameter names, never values.
  const isOwn = failureReason(cause) === "configuration_unavailable";
  const shown = cause instanceof SyntaxError ? "" : isOwn ? message : message.replace(CREDENTIAL, "…");
  const title = typeof code === "string" && code !== name ? `${name} ${code}` : name;
  return shown === "" ? title : `${title}: ${logText(shown)}`;
}
