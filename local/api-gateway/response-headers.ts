// How API Gateway changes the response headers of a function: it drops some, renames some to x-amzn-remapped-, and sets a
// content type. Source: the table in "Amazon API Gateway important notes", column lambda.
import { validateHeaderName, validateHeaderValue } from "node:http";
import { isJsonObject } from "../../functions/core/json.ts";
import type { HeaderLines } from "./gateway-request.ts";

const DROPPED = new Set([
  "expect",
  "host",
  "proxy-authenticate",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "via",
]);
const REMAPPED = new Set([
  "authorization",
  "connection",
  "content-md5",
  "date",
  "max-forwards",
  "server",
  "user-agent",
  "www-authenticate",
]);

/** Headers as the client gets them. */
export function clientHeaders(headers: HeaderLines): HeaderLines {
  const kept = headers
    .filter(([name]) => !DROPPED.has(name.toLowerCase()))
    .map(([name, value]) =>
      REMAPPED.has(name.toLowerCase())
        ? ([`x-amzn-remapped-${name}`, value] as const)
        : ([name, value] as const),
    );
  const typed = kept.some(([name]) => name.toLowerCase() === "content-type");
  return typed ? kept : [...kept, ["Content-Type", "application/json"]];
}

/** Headers in both forms of a proxy response. */
export type ProxyHeaders = {
  readonly headers?: unknown;
  readonly multiValueHeaders?: unknown;
  readonly cookies?: unknown;
};

/** Merges `headers` and `multiValueHeaders` (which wins for the same name) and `cookies`; undefined: malformed. */
export function mergedHeaders(response: ProxyHeaders): HeaderLines | undefined {
  const { headers = {}, multiValueHeaders = {}, cookies = [] } = response;
  if (!isJsonObject(headers ?? {}) || !isJsonObject(multiValueHeaders ?? {}) || !Array.isArray(cookies))
    return undefined;
  const multiple = Object.entries((multiValueHeaders ?? {}) as Record<string, unknown>);
  if (!multiple.every(([, values]) => Array.isArray(values))) return undefined;
  const taken = new Set(multiple.map(([name]) => name.toLowerCase()));
  const single = Object.entries((headers ?? {}) as Record<string, unknown>).filter(
    ([name]) => !taken.has(name.toLowerCase()),
  );
  const lines = [
    ...single.map(([name, value]) => [name, String(value)] as const),
    ...multiple.flatMap(([name, values]) =>
      (values as unknown[]).map((value) => [name, String(value)] as const),
    ),
    ...cookies.map((cookie) => ["Set-Cookie", String(cookie)] as const),
  ];
  return lines.every(isSendable) ? lines : undefined;
}

/** Whether an integration may return this status. */
export function isStatus(status: number): boolean {
  return Number.isInteger(status) && status >= 200 && status <= 599;
}

function isSendable([name, value]: readonly [string, string]): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}
