// Requests for small JSON documents: one timeout, a size limit, no redirects, no compression.
import { isUtf8 } from "node:buffer";
import { readJson } from "../core/json.ts";
import { createHttpClient, type HttpRequest } from "./http-client.ts";
import { withinTime } from "./within-time.ts";

/** A fetched document and its response metadata. */
export type FetchedJson = { status: number; json: unknown; retryAfterSeconds: number | undefined };

export type FetchLimits = {
  timeoutMs: number;
  maxBytes: number;
  /** also reads the bodies of errors (4xx, 5xx); undefined if not JSON */
  readsErrors?: true;
};

export type JsonPost = FetchLimits & { headers: Readonly<Record<string, string>>; body: string };

const HEADERS = { accept: "application/json, application/jwk-set+json", "accept-encoding": "identity" };
const MAX_DEPTH = 32;
const send = createHttpClient();

/**
 * Fetches a JSON document.
 *
 * @param url https, or http on loopback; checked by the caller
 * @param limits time in milliseconds from DNS to the last byte, and size in bytes
 * @throws Error on timeout, or if the response is too large or not JSON. For a status other than 200, `json` is undefined, unless
 *   `readsErrors` is set
 */
export function fetchJson(url: string, limits: FetchLimits): Promise<FetchedJson> {
  return exchange({ url, method: "GET", headers: HEADERS }, limits);
}

/** Posts a body and reads a JSON response; see {@link fetchJson}. */
export function postForJson(url: string, { headers, body, ...limits }: JsonPost): Promise<FetchedJson> {
  return exchange({ url, method: "POST", headers: { ...HEADERS, ...headers }, body }, limits);
}

function exchange(
  request: Omit<HttpRequest, "timeouts" | "signal">,
  { timeoutMs, maxBytes, readsErrors }: FetchLimits,
): Promise<FetchedJson> {
  return withinTime(timeoutMs, async (signal) => {
    const timeouts = { connectMs: timeoutMs, firstByteMs: timeoutMs, idleMs: timeoutMs };
    const { status, headers, body } = await send({ ...request, timeouts, signal });
    const chunks: Buffer[] = [];
    let size = 0;
    // Throwing inside the loop closes the connection.
    for await (const chunk of body) {
      size += chunk.length;
      if (size > maxBytes) throw new Error(`response exceeds ${maxBytes} bytes`);
      chunks.push(chunk);
    }
    const bytes = Buffer.concat(chunks);
    const json = status === 200 ? parsed(bytes) : readsErrors && status >= 400 ? lenient(bytes) : undefined;
    return { status, json, retryAfterSeconds: secondsUntilRetry(headers["retry-after"]) };
  });
}

/** A `Retry-After` in seconds or as a date (RFC 9110 §10.2.3); undefined if missing or invalid. */
function secondsUntilRetry(text = ""): number | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  const untilMs = /GMT$/.test(text) ? Date.parse(text) - Date.now() : Number.NaN;
  return Number.isNaN(untilMs) ? undefined : Math.max(0, Math.ceil(untilMs / 1_000));
}

function lenient(bytes: Buffer): unknown {
  try {
    return parsed(bytes);
  } catch {
    return undefined;
  }
}

function parsed(bytes: Buffer): unknown {
  // RFC 8259 §8.1 allows ignoring a byte order mark, which some servers send.
  // Invalid UTF-8 would be replaced with U+FFFD, so that two users could become equal.
  if (!isUtf8(bytes)) throw new Error("the response is not valid JSON: not UTF-8");
  const read = readJson(new TextDecoder().decode(bytes), { maxDepth: MAX_DEPTH });
  if (!read.ok) throw new Error(`the response is not valid JSON: ${read.fault}`);
  return read.value;
}
