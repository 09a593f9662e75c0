// Ids of JSON-RPC messages, including those of messages that cannot be parsed.

import type { RequestId } from "./error-response.ts";
import { readJson } from "./json.ts";
import { eachProperty, endOfValue, isObject } from "./json-spans.ts";

/** Whether a value can be the id of a request or response (JSON-RPC 2.0 §4). */
export function isRequestId(value: unknown): value is Exclude<RequestId, null> {
  return typeof value === "string" || typeof value === "number" || JSON.isRawJSON(value);
}

/**
 * Finds the id of a message that is nested too deeply or is not valid JSON.
 *
 * @param text a JSON text, or the start of one
 * @returns the id, if found, and whether the message has a method
 */
export function messageIdIn(text: string): { id: RequestId; hasMethod: boolean } {
  let id: RequestId = null;
  let hasMethod = false;
  const start = text.search(/[^\s\uFEFF]/);
  if (!isObject(text, start)) return { id, hasMethod };
  eachProperty(text, start, (key, at) => {
    const end = endOfValue(text, at);
    if (key === "method") hasMethod = true;
    if (key === "id") {
      const reading = readJson(text.slice(at, end));
      if (reading.ok && isRequestId(reading.value)) id = reading.value;
    }
    return end;
  });
  return { id, hasMethod };
}
