// Reads a POST body as JSON-RPC 2.0: enough to route, authorise, audit and answer by. The bytes themselves are relayed untouched.
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
 * @see JSON-RPC 2.0 §4 and §6; MCP base protocol
 */
export function parseMcpBody(text: string): McpBody {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse("not_json", "The body is not JSON. Send one JSON-RPC 2.0 message as application/json.");
  }
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

/** The name that a request is about: the tool or prompt, or the resource's URI. For the audit line and the routing header. */
export function subjectOf({ method, params }: McpMessage): string | undefined {
  const key = method === "resources/read" ? "uri" : method?.startsWith("tasks/") ? "taskId" : "name";
  const subject = params[key];
  return typeof subject === "string" ? subject : undefined;
}

function readMessage(value: unknown): McpMessage | undefined {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return undefined;
  const { jsonrpc, method, params, result, error } = value as Record<string, unknown>;
  if (jsonrpc !== "2.0") return undefined;
  const id = "id" in value ? idOf(value) : undefined;
  if (typeof method === "string") {
    const named = params !== null && typeof params === "object" && !Array.isArray(params);
    return { id, method, params: named ? (params as Record<string, unknown>) : {} };
  }
  const isResponse = method === undefined && (result !== undefined || error !== undefined);
  return isResponse ? { id, method: undefined, params: {} } : undefined;
}

function idOf(value: unknown): RequestId {
  const id = value !== null && typeof value === "object" ? (value as { id?: unknown }).id : null;
  return typeof id === "string" || typeof id === "number" ? id : null;
}

function refuse(reason: "not_json" | "not_a_request", message: string, id: RequestId = null): McpBody {
  return { ok: false, refusal: refusal(reason, message), id };
}
