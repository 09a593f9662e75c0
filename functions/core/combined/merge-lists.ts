// Merges the lists of several members into one. Entries stay as their server wrote them; the lists were filtered by each member's rules before.
import type { RequestId } from "../error-response.ts";
import { isJsonObject, readJson } from "../json.ts";
import { eachElement, eachProperty, endOfValue, isArray, isObject } from "../json-spans.ts";
import { endOfVisible, LENIENT, startOfVisible } from "../lenient-json.ts";
import { ENTRIES_MAX } from "../list-filter.ts";
import { isStateless } from "../protocol-era.ts";
import { logText } from "../safe-text.ts";
import { mergedTtlMs, metaWithNotice, ttlMsOf } from "./merged-response.ts";
import { invalidKeys, isValidEntry, type ListForm, repairedEntry } from "./valid-parts.ts";

const LIST_PROPERTY = {
  "tools/list": "tools",
  "prompts/list": "prompts",
  "resources/list": "resources",
  "resources/templates/list": "resourceTemplates",
  "tasks/list": "tasks",
} as const;

/** A method that lists what a server has. */
export type ListMethod = keyof typeof LIST_PROPERTY;

/** Whether a method is one whose results are merged here. */
export function isListMethod(method: string | undefined): method is ListMethod {
  return method !== undefined && Object.hasOwn(LIST_PROPERTY, method);
}

/** One page of a member's list. */
export type ListPage = {
  /** JSON texts of the entries */
  entries: readonly string[];
  /** the entries that are omitted, or changed, because clients would reject the whole list: how many, and what is wrong with the first */
  invalid?: { count: number; first: string };
  /** the member's cursor of its next page */
  nextCursor?: string;
  /** how long the page may be cached, in milliseconds */
  ttlMs?: number;
  cacheScope?: string;
  /** `_meta` of the result */
  meta?: Record<string, unknown>;
};

/**
 * Reads the response to a list request.
 *
 * @param text one JSON-RPC response with names and URIs as the client sees them
 * @param method the request's method
 * @param protocolVersion the revision that the request states
 * @returns undefined if it is not a result with that list, for example an error
 */
export function listPage(
  text: string,
  method: ListMethod,
  protocolVersion?: string | undefined,
): ListPage | undefined {
  const { json, value: message } = strictJson(text) ?? {};
  if (json === undefined || !isObject(json, 0)) return undefined;
  const result = propertySpans(json, 0).get("result");
  if (result === undefined || !isObject(json, result.start)) return undefined;
  const properties = propertySpans(json, result.start);
  const list = properties.get(LIST_PROPERTY[method]);
  const listed = list && entriesOf(json, list);
  if (listed === undefined) return undefined;
  const values: unknown[] = [(message as ParsedResponse).result[LIST_PROPERTY[method]]].flat();
  const form = { method, protocolVersion };
  const valid = listed.map((entry, at) => validEntry(entry, values[at], form));
  const entries = valid.filter((entry) => entry !== undefined);
  const invalid = values.filter((_, at) => at < listed.length && listed[at] !== valid[at]);
  const value = (key: string) => {
    const span = properties.get(key);
    const reading = span && readJson(json.slice(span.start, span.end));
    return reading?.value;
  };
  const [nextCursor, cacheScope, meta] = [value("nextCursor"), value("cacheScope"), value("_meta")];
  if (typeof nextCursor !== "string" && (nextCursor ?? undefined) !== undefined) return undefined;
  const ttlMs = ttlMsOf(value("ttlMs"));
  return {
    entries,
    ...(invalid.length > 0 && { invalid: { count: invalid.length, first: invalidity(invalid[0], form) } }),
    ...(typeof nextCursor === "string" && { nextCursor }),
    ...(ttlMs !== undefined && { ttlMs }),
    ...(typeof cacheScope === "string" && { cacheScope }),
    ...(isJsonObject(meta) && { meta }),
  };
}

/** The parts of a merged list. */
export type MergedListParts = {
  method: ListMethod;
  id: RequestId;
  /** in the members' order; a member may have several */
  pages: readonly (ListPage & { member: string })[];
  /** the sealed cursor for what the pages do not have */
  nextCursor?: string | undefined;
  /** members whose entries are missing */
  unavailable: readonly string[];
  protocolVersion: string | undefined;
};

/**
 * Writes the response to a list request.
 *
 * @returns a JSON-RPC response
 */
export function mergedList(parts: MergedListParts): string {
  const { method, id, pages, nextCursor, unavailable, protocolVersion } = parts;
  const entries = pages.flatMap((page) => page.entries).join(",");
  // One server's `_meta` does not describe the lists of several.
  const isOfOneMember = new Set(pages.map(({ member }) => member)).size === 1;
  const meta = isOfOneMember ? pages[0]?.meta : undefined;
  const rest = {
    ...(nextCursor !== undefined && { nextCursor }),
    ...(isStateless(protocolVersion) && {
      resultType: "complete",
      ttlMs: mergedTtlMs(
        pages.map(({ ttlMs }) => ttlMs),
        unavailable,
      ),
      // Rules and credentials make lists differ between callers.
      cacheScope: "private",
    }),
    ...metaWithNotice(meta ?? {}, unavailable),
  };
  const others = JSON.stringify(rest).slice(1, -1);
  const list = `${JSON.stringify(LIST_PROPERTY[method])}:[${entries}]`;
  const result = others === "" ? list : `${list},${others}`;
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{${result}}}`;
}

type ParsedResponse = { result: Record<string, unknown> };

type Span = { start: number; end: number };

// Of a repeated key, JavaScript and Python take the last value.
function propertySpans(text: string, start: number): Map<string, Span> {
  const spans = new Map<string, Span>();
  eachProperty(text, start, (key, at) => {
    const end = endOfValue(text, at);
    spans.set(key, { start: at, end });
    return end;
  });
  return spans;
}

function entriesOf(text: string, { start, end }: Span): string[] | undefined {
  // Some serialisers write an empty list as an object.
  if (isObject(text, start)) return /^\{\s*\}$/.test(text.slice(start, end)) ? [] : undefined;
  if (!isArray(text, start)) return undefined;
  const entries: string[] = [];
  eachElement(text, start, (at) => {
    const entryEnd = endOfValue(text, at);
    entries.push(text.slice(at, entryEnd));
    return entryEnd;
  });
  return entries.length > ENTRIES_MAX ? undefined : entries;
}

/** What is wrong with an entry, for the log. */
function invalidity(entry: unknown, form: ListForm): string {
  if (!isJsonObject(entry)) return "not an object";
  const { name, uri, uriTemplate, taskId } = entry;
  const [label] = [uri, uriTemplate, taskId, name].filter((value) => typeof value === "string");
  return `${logText(label ?? "without a name", SHOWN_CHARS)} (${invalidKeys(entry, form).join(", ")})`;
}

const SHOWN_CHARS = 100;

/** The text of an entry as all clients accept it; undefined if it cannot be used. */
function validEntry(text: string, parsed: unknown, form: ListForm): string | undefined {
  if (!isJsonObject(parsed)) return undefined;
  if (isValidEntry(parsed, form)) return text;
  // With the digits of its numbers.
  const { value } = readJson(text, LENIENT);
  const repaired = isJsonObject(value) ? repairedEntry(value, parsed, form) : undefined;
  return repaired && JSON.stringify(repaired);
}

// One member's `NaN` would make the merged list unreadable for most clients.
function strictJson(text: string): { json: string; value: unknown } | undefined {
  const trimmed = text.slice(startOfVisible(text), endOfVisible(text));
  try {
    return { json: trimmed, value: JSON.parse(trimmed) };
  } catch {
    const { value } = readJson(trimmed, LENIENT);
    const json = JSON.stringify(value);
    return value === undefined ? undefined : { json, value: JSON.parse(json) };
  }
}
