// The targets of each MCP method, in one table for decisions, routing headers and the audit line.
// MCP 2025-03-26, 2025-06-18, 2025-11-25 and 2026-07-28 with the tasks extension: requests and notifications that clients send.
import type { McpMessage } from "./mcp-message.ts";

/** What a method's parameters name. */
export type MethodSubject =
  | "none"
  | "tool"
  | "prompt"
  | "resource"
  | "task"
  /** `ref`: a prompt or a resource template */
  | "reference"
  /** `notifications.resourceSubscriptions`: URIs */
  | "subscriptions";

const SUBJECTS: ReadonlyMap<string, MethodSubject> = new Map([
  ["initialize", "none"],
  ["ping", "none"],
  ["server/discover", "none"],
  ["logging/setLevel", "none"],
  ["tools/list", "none"],
  ["tools/call", "tool"],
  ["prompts/list", "none"],
  ["prompts/get", "prompt"],
  ["resources/list", "none"],
  ["resources/templates/list", "none"],
  ["resources/read", "resource"],
  ["resources/subscribe", "resource"],
  ["resources/unsubscribe", "resource"],
  ["completion/complete", "reference"],
  ["subscriptions/listen", "subscriptions"],
  ["tasks/list", "none"],
  ["tasks/get", "task"],
  ["tasks/result", "task"],
  ["tasks/update", "task"],
  ["tasks/cancel", "task"],
]);

const METHOD = /^[A-Za-z0-9_.$-]+(?:\/[A-Za-z0-9_.$-]+)*$/;
const METHOD_MAX_CHARS = 128;

/** Whether a text can be a method name: letters, digits, "_", ".", "$" and "-", in parts between slashes. */
export function isMethodName(text: string): boolean {
  return text.length <= METHOD_MAX_CHARS && METHOD.test(text);
}

const NOTIFICATION = /^notifications\/[A-Za-z0-9_/-]{1,128}$/;

/** The MCP method that a lax server might read this one as, or undefined. */
export function protocolMethodLike(method: string): string | undefined {
  const loose = looseSpelling(method);
  return [...SUBJECTS.keys()].find((known) => looseSpelling(known) === loose);
}

/**
 * Whether a message is allowed at a server with access rules: its method is MCP's or in the configuration, or it is a notification or a
 * response.
 *
 * @param extraMethods `extra_methods` of the server
 */
export function isKnownMethod({ method, id }: McpMessage, extraMethods: ReadonlySet<string>): boolean {
  if (method === undefined || SUBJECTS.has(method) || extraMethods.has(method)) return true;
  return id === undefined && NOTIFICATION.test(method);
}

/**
 * What a method's parameters name. A method that MCP does not have is read by the part before its slash: a vendor's `tools/run` names a
 * tool too.
 */
export function subjectOfMethod(method: string | undefined): MethodSubject {
  if (method === undefined) return "none";
  const known = SUBJECTS.get(method) ?? SUBJECTS.get(protocolMethodLike(method) ?? "");
  if (known !== undefined) return known;
  switch (looseSpelling(method).split("/")[0]) {
    case "tools":
      return "tool";
    case "prompts":
      return "prompt";
    case "resources":
      return "resource";
    case "tasks":
      return "task";
    default:
      return "none";
  }
}

// By upper case, which also folds U+017F and U+212A, and without characters that no method has.
function looseSpelling(method: string): string {
  return method
    .toUpperCase()
    .toLowerCase()
    .replace(/[^a-z0-9/_.:-]/g, "");
}
