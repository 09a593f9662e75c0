// Reads a POST body as JSON-RPC 2.0: enough to route, authorise, audit and answer by. The bytes themselves are relayed untouched.
import { jsonStructureFault, plainKeys } from "./json-structure.ts";
import { type Refusal, type RequestId, refusal } from "./refusal.ts";

/** One message of a body. `method` is undefined for a response that the client sends to the server. */
export type McpMessage = {
  id: RequestId | undefined;
  method: string | undefined;
  params: Record<string, unknown>;
};

/** A body as messages, or why it is none. `id` is the one to answer with. */
export type McpBody =
  | { ok: true; messages: McpMessage[]; batch: boolean; id: RequestId }
  | { ok: false; refusal: Refusal; id: RequestId };

/**
 * Parses a body.
 *
 * @param text the body as it will be sent on
 * @param maxDepth deepest accepted nesting, `limits.max_json_depth` of the configuration
 * @see JSON-RPC 2.0 §4 and §6; MCP base protocol
 */
export function parseMcpBody(text: string, maxDepth: number): McpBody {
  let value: unknown;
  try {
    // First as it is: what is sent on must be JSON by itself.
    value = JSON.parse(text);
    if (text.includes("\\")) value = JSON.parse(plainKeys(text));
  } catch {
    return refuse("not_json", "The body is not JSON. Send one JSON-RPC 2.0 message as application/json.");
  }
  const fault = structureFault(text, value, maxDepth);
  if (fault !== undefined) return refuse("not_a_request", fault, idOf(value));
  const entries = Array.isArray(value) ? value : [value];
  const messages = entries.map(readMessage);
  if (messages.length === 0 || messages.includes(undefined)) {
    return refuse(
      "not_a_request",
      'The body is not a JSON-RPC 2.0 message. Send an object with "jsonrpc": "2.0" and a method, or a response with an id.',
      idOf(value),
    );
  }
  return {
    ok: true,
    messages: messages as McpMessage[],
    batch: Array.isArray(value),
    id: Array.isArray(value) ? null : idOf(value),
  };
}

function structureFault(text: string, value: unknown, maxDepth: number): string | undefined {
  switch (jsonStructureFault(text, maxDepth)) {
    case "duplicate_key":
      return "An object of the body holds the same key twice, which readers understand differently. Send each key once.";
    case "too_deep":
      return `The body is nested deeper than ${maxDepth} levels. Send flatter JSON.`;
  }
  const messages = Array.isArray(value) ? value : [value];
  return messages.some(hasMisspeltKey)
    ? "A key of the body differs from one of the protocol's in upper and lower case alone, which some servers take for the same. Spell it as the protocol does."
    : undefined;
}

// Go's encoding/json and others match keys without regard to case: {"name":"a","Name":"b"} is `a` to one reader and `b` to another.
function hasMisspeltKey(message: unknown): boolean {
  const params = member(message, "params");
  return (
    isMisspelt(message, MESSAGE_KEYS) ||
    isMisspelt(params, PARAMETER_KEYS) ||
    isMisspelt(member(params, "ref"), REFERENCE_KEYS)
  );
}

const MESSAGE_KEYS = protocolKeys("jsonrpc", "id", "method", "params", "result", "error");
const PARAMETER_KEYS = protocolKeys(
  "name",
  "uri",
  "taskId",
  "ref",
  "notifications",
  "arguments",
  "cursor",
  "_meta",
);
const REFERENCE_KEYS = protocolKeys("type", "name", "uri");

/** Keys as the protocol spells them, and what these fold to. */
type ProtocolKeys = { spelt: ReadonlySet<string>; folded: ReadonlySet<string> };

function protocolKeys(...keys: string[]): ProtocolKeys {
  return { spelt: new Set(keys), folded: new Set(keys.map(folded)) };
}

function isMisspelt(object: unknown, keys: ProtocolKeys): boolean {
  if (object === null || typeof object !== "object") return false;
  return Object.keys(object).some((key) => !keys.spelt.has(key) && keys.folded.has(folded(key)));
}

// Through upper case, which also folds U+017F and U+212A as Go does.
function folded(key: string): string {
  return key.toUpperCase().toLowerCase();
}

function member(value: unknown, key: string): unknown {
  return (value as Record<string, unknown> | null | undefined)?.[key];
}

function readMessage(value: unknown): McpMessage | undefined {
  const message = (value ?? {}) as Record<string, unknown>;
  const { jsonrpc, method, params, result, error } = message;
  if (jsonrpc !== "2.0") return undefined;
  const id = "id" in message ? idOf(message) : undefined;
  if (typeof method === "string") {
    const named = params !== null && typeof params === "object" && !Array.isArray(params);
    return { id, method, params: named ? (params as Record<string, unknown>) : {} };
  }
  const isResponse = method === undefined && (result !== undefined || error !== undefined);
  return isResponse ? { id, method: undefined, params: {} } : undefined;
}

function idOf(value: unknown): RequestId {
  const id = member(value, "id");
  return typeof id === "string" || typeof id === "number" ? id : null;
}

function refuse(reason: "not_json" | "not_a_request", message: string, id: RequestId = null): McpBody {
  return { ok: false, refusal: refusal(reason, message), id };
}
