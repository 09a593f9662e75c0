// POSTs that only read, through the client that calls MCP servers: a function that has loaded it needs no other.
import { CONFIG_LOAD_TIMEOUT_MS } from "../core/limits.ts";
import type { AnswerBody, CallDownstream } from "./downstream.ts";
import type { OpenPostToRead } from "./post-to-read.ts";

/** Whoever asks gives up first. */
const TIMEOUTS = {
  connectMs: CONFIG_LOAD_TIMEOUT_MS,
  firstByteMs: CONFIG_LOAD_TIMEOUT_MS,
  idleMs: CONFIG_LOAD_TIMEOUT_MS,
};

/** Sends requests by `call`. None is sent twice; callers repeat them. */
export function postThrough(call: CallDownstream): OpenPostToRead {
  return (endpoint, maxBytes) => async (headers, body, signal) => {
    signal?.throwIfAborted();
    const answer = await call({
      url: endpoint.href,
      method: "POST",
      headers,
      body,
      timeouts: TIMEOUTS,
      signal,
    });
    if (!answer.ok) throw signal?.aborted === true ? signal.reason : answer.cause;
    return { status: answer.status, headers: answer.headers, text: await textOf(answer.body, maxBytes) };
  };
}

function textOf(body: AnswerBody, maxBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    body.read({
      data(chunk) {
        chunks.push(chunk);
        size += chunk.length;
        if (size <= maxBytes) return;
        body.destroy();
        reject(new Error(`an answer of more than ${maxBytes} bytes`));
      },
      end: () => resolve(Buffer.concat(chunks).toString("utf8")),
      fail: reject,
    });
  });
}
