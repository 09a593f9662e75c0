// Reads a POST body as JSON-RPC 2.0, to authorise, audit and respond. The bytes themselves are relayed unchanged.

import { type ErrorResponse, errorResponse, type RequestId } from "./error-response.ts";
import { type JsonFault, objectOrEmpty, readJson } from "./json.ts";
import { isRequestId, messageIdIn } from "./message-id.ts";
import { hasMisspelledKey } from "./protocol-keys.ts";

/** One message of a body. `method` is undefined for a response that the client sends to the server. */
export type McpMessage = {
  id: RequestId | undefined;
  method: string | undefined;
  params: Record<string, unknown>;
};

/** The messages of a body, or why it is invalid. `id` is the id for the response. */
export type McpBody =
  | { ok: true; messages: McpMessage[]; batch: boolean; id: RequestId }
  | { ok: false; errorResponse: ErrorResponse; id: RequestId };

/**
 * Parses a body.
 *
 * @param text the body as it will be sent on
 * @param maxDepth deepest accepted nesting, `limits.max_json_depth` of the configuration
 * @see JSON-RPC 2.0 §4 and §6; MCP base protocol
 */
export function parseMcpBody(text: string, maxDepth: number): McpBody {
  const reading = readJson(text, { maxDepth });
  if (!reading.ok) return unreadable(reading.fault, text, reading.value, maxDepth);
  const { value } = reading;
  if (messagesOf(value).some(hasMisspelledKey)) return deny("not_a_request", MISSPELLED, idOf(value));
  const messages = messagesOf(value).map(readMessage);
  if (messages.length === 0 || messages.includes(undefined)) {
    return deny(
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

function unreadable(fault: JsonFault, text: string, value: unknown, maxDepth: number): McpBody {
  switch (fault) {
    case "syntax":
      return deny("not_json", NOT_JSON);
    case "duplicate_key":
      return deny(
        "not_a_request",
        "An object of the body holds the same key twice, which readers understand differently. Send each key once.",
        idOf(value),
      );
    case "too_many_objects":
      return deny("not_a_request", "The body has more than 1,000,000 objects and arrays. Send fewer.");
    case "too_deep":
      if (!isJson(text)) return deny("not_json", NOT_JSON);
      return deny(
        "not_a_request",
        `The body is nested deeper than ${maxDepth} levels. Send flatter JSON.`,
        messageIdIn(text).id,
      );
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const NOT_JSON = "The body is not JSON. Send one JSON-RPC 2.0 message as application/json.";
const MISSPELLED =
  "A key of the body is spelled almost like one of the protocol's, which some servers take for the same. Spell it as the protocol does.";

function messagesOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value];
}

function readMessage(value: unknown): McpMessage | undefined {
  const message = objectOrEmpty(value);
  const { jsonrpc, method, params, result, error } = message;
  if (jsonrpc !== "2.0") return undefined;
  const id = "id" in message ? idOf(message) : undefined;
  if (typeof method === "string") return { id, method, params: objectOrEmpty(params) };
  // Readers that copy members by assignment would read a method below `__proto__` as the message's own.
  const isResponse =
    method === undefined &&
    (result !== undefined || error !== undefined) &&
    !Object.hasOwn(message, "__proto__");
  return isResponse ? { id, method: undefined, params: {} } : undefined;
}

function idOf(value: unknown): RequestId {
  const { id } = objectOrEmpty(value);
  return isRequestId(id) ? id : null;
}

function deny(reason: "not_json" | "not_a_request", message: string, id: RequestId = null): McpBody {
  return { ok: false, errorResponse: errorResponse(reason, message), id };
}
