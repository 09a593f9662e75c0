// Relays a function's stream to the client with backpressure, so that a slow reader slows the function. When the client
// disconnects, the function is not notified: its output is read and discarded, as on AWS.
import type { ServerResponse } from "node:http";
import type { Readable } from "node:stream";

/** Limits of one streamed response. */
export type StreamLimits = {
  /** Idle timeout; API Gateway has 5 minutes on a REGIONAL endpoint. */
  readonly idleMs: number;
  /** Maximum size; Lambda ends a stream at 200 MB. */
  readonly maxBytes: number;
};

export type StreamEnd =
  | "complete"
  | "client_left"
  | "function_failed"
  | "idle_timeout"
  | "too_large"
  | "timeout";

/** Relays until the function's stream ends; resolves once the client's side is settled. */
export function relayStream(
  source: Readable & { readonly trailers?: Record<string, string | undefined> },
  client: ServerResponse,
  { idleMs, maxBytes }: StreamLimits,
  deadline: AbortSignal,
): Promise<StreamEnd> {
  return new Promise((resolve) => {
    let bytes = 0;
    let settled = false;
    const settle = (end: StreamEnd) => {
      if (settled) return;
      settled = true;
      clearTimeout(idle);
      deadline.removeEventListener("abort", onDeadline);
      client.off("drain", onDrain).off("close", onClientClose);
      if (end === "complete") client.end();
      else client.destroy();
      source.resume();
      resolve(end);
    };
    const idle = setTimeout(() => settle("idle_timeout"), idleMs);
    const onDeadline = () => settle("timeout");
    const onDrain = () => {
      idle.refresh();
      source.resume();
    };
    const onClientClose = () => settle("client_left");
    deadline.addEventListener("abort", onDeadline);
    client.on("drain", onDrain).on("close", onClientClose);

    source.on("data", (chunk: Buffer) => {
      if (settled) return;
      bytes += chunk.length;
      idle.refresh();
      if (bytes > maxBytes) settle("too_large");
      else if (!client.write(chunk)) source.pause();
    });
    // A handler that throws after its first write can only abort the stream: the runtime reports it in a trailer.
    source.on("end", () =>
      settle(source.trailers?.["lambda-runtime-function-error-type"] ? "function_failed" : "complete"),
    );
    source.on("error", () => settle("function_failed"));
    source.on("close", () => settle("function_failed"));
    if (client.destroyed) settle("client_left");
    else source.resume();
  });
}
