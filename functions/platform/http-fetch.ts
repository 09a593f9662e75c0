// Bounded requests for small JSON documents: a time limit over the whole exchange, a size limit, no redirects, no compression.
// Built on node:http(s): the built-in fetch costs 25 ms more at a cold start.
import http from "node:http";
import https from "node:https";
import { readAnswer } from "./read-answer.ts";

/** A fetched document with what a cache needs of its answer. */
export type FetchedJson = { status: number; json: unknown; retryAfterSeconds: number | undefined };

/** Limits of one fetch. */
export type FetchLimits = { timeoutMs: number; maxBytes: number };

/** A POST of a small body. */
export type JsonPost = FetchLimits & { headers: Readonly<Record<string, string>>; body: string };

const ACCEPT = "application/json, application/jwk-set+json";

/**
 * Fetches a JSON document.
 *
 * @param url https, or http on loopback; the caller has checked it
 * @param limits time in milliseconds from DNS to the last byte, and size in bytes
 * @throws Error saying what went wrong: no answer in time, too large, not JSON. Another status than 200 is no error: `json` is undefined
 */
export function fetchJson(url: string, limits: FetchLimits): Promise<FetchedJson> {
  return exchange(url, "GET", {}, undefined, limits);
}

/** Posts a body and reads a JSON answer; see {@link fetchJson}. */
export function postForJson(url: string, { headers, body, ...limits }: JsonPost): Promise<FetchedJson> {
  return exchange(
    url,
    "POST",
    { ...headers, "content-length": String(Buffer.byteLength(body)) },
    body,
    limits,
  );
}

function exchange(
  url: string,
  method: string,
  ownHeaders: Readonly<Record<string, string>>,
  body: string | undefined,
  { timeoutMs, maxBytes }: FetchLimits,
): Promise<FetchedJson> {
  return new Promise((resolve, reject) => {
    const { request: open } = url.startsWith("https:") ? https : http;
    const signal = AbortSignal.timeout(timeoutMs);
    const fail = (cause: Error) => {
      reject(signal.aborted ? new Error(`no complete answer within ${timeoutMs} ms`, { cause }) : cause);
    };
    const headers = { accept: ACCEPT, "accept-encoding": "identity", ...ownHeaders };
    const request = open(url, { method, signal, headers, agent: false }, (response) => {
      const status = response.statusCode ?? 0;
      const retryAfterSeconds = Number.parseInt(response.headers["retry-after"] ?? "", 10) || undefined;
      readAnswer(response, maxBytes).then((text) => {
        if (status !== 200) return resolve({ status, json: undefined, retryAfterSeconds });
        try {
          resolve({ status, json: JSON.parse(text), retryAfterSeconds });
        } catch (cause) {
          reject(new Error("the answer is not JSON", { cause }));
        }
      }, fail);
    });
    request.on("error", fail);
    request.end(body);
  });
}
