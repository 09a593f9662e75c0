// The content of a merged list's cursor: where each member's list continues. It is sealed for the client, so it is only read as it was written.
import { type ErrorResponse, errorResponse } from "../error-response.ts";
import { readJson } from "../json.ts";
import { longestText } from "../sealed-id.ts";
import type { ListMethod } from "./merge-lists.ts";

/** Where a member's list continues. */
export type ListPosition = { from: "start" } | { from: "cursor"; cursor: string };

/** The members whose lists have more entries, in the members' order. */
export type ListPositions = ReadonlyMap<string, ListPosition>;

/**
 * Writes a cursor.
 *
 * @param method the list's method: a cursor is of no use for another list
 * @returns the text to seal with the purpose `cursor`; undefined if it would be too long
 */
export function encodeCursor(method: ListMethod, positions: ListPositions): string | undefined {
  const members = [...positions].map(([member, position]) =>
    position.from === "start" ? [member] : [member, position.cursor],
  );
  const text = JSON.stringify([method, ...members]);
  return Buffer.byteLength(text) > longestText("cursor") ? undefined : text;
}

/**
 * Reads a cursor.
 *
 * @param text what the sealed cursor contains
 * @param method the method of the request that has the cursor
 * @returns undefined if it is not a cursor of this list
 */
export function decodeCursor(text: string, method: ListMethod): ListPositions | undefined {
  const reading = readJson(text);
  if (!reading.ok || !Array.isArray(reading.value)) return undefined;
  const [ofMethod, ...members]: unknown[] = reading.value;
  if (ofMethod !== method || !members.every(isMember)) return undefined;
  return new Map(
    members.map(([member, cursor]) => [
      member,
      cursor === undefined ? { from: "start" } : { from: "cursor", cursor },
    ]),
  );
}

/** The response to a cursor that does not open. @see MCP, pagination, error handling */
export function unknownCursor(): ErrorResponse {
  return errorResponse("cursor_unknown", "Invalid cursor: request the list without one, from its beginning.");
}

function isMember(value: unknown): value is [member: string, cursor?: string] {
  return (
    Array.isArray(value) &&
    (value.length === 1 || value.length === 2) &&
    value.every((part) => typeof part === "string")
  );
}
