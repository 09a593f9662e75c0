// The streamed response of a Lambda behind API Gateway: JSON with status and headers, eight NUL bytes, then the body.
// The runtime sends that prelude with the first write; a stream that ends without one gives the client a 500.
import type { Readable, Writable } from "node:stream";
import type { BodyFilter } from "../core/body-filter.ts";
import { ConnectionError } from "./connection-fault.ts";
import { startHeartbeat } from "./heartbeat.ts";

/** Status and headers of a response. */
export type ResponseHead = { status: number; headers: Record<string, string> };

/** How a body is relayed. */
export type RelayOptions = {
  filter?: BodyFilter | undefined;
  /** for event streams: milliseconds of silence before a comment is sent */
  heartbeatMs?: number;
  /** ends the response cleanly, with what has been sent by then, after so many milliseconds: for streams that clients resume */
  endAfterMs?: number;
  /** ends the response in the same way when it is aborted */
  endSignal?: AbortSignal;
  /** breaks the response off after so many milliseconds */
  breakAfterMs?: number;
  /** ends the response cleanly where the server was silent for too long */
  endsWhenIdle?: boolean;
  /** told why the response was ended cleanly though its body had not ended */
  onEnded?: (by: "limit" | "idle" | "signal") => void;
  /** what is sent last where the response is ended so, unless that is in the middle of an event */
  lastEvent?: string | undefined;
  /** told the size of each part of the body when it is sent */
  onSent?: (bytes: number) => void;
};

/** The response to one request. It can be begun once. */
export type Reply = {
  /** true once status and headers have been sent: from then on the stream can only be completed or broken off */
  readonly begun: boolean;
  /** Sends a whole response. */
  send(head: ResponseHead, body: string): Promise<void>;
  /**
   * Relays a body as it arrives, with backpressure.
   *
   * @throws whatever ended the body early. The runtime's stream is left open: the caller must let the error out of the handler, and the
   *   runtime then breaks the response off
   */
  relay(head: ResponseHead, body: Readable, options?: RelayOptions): Promise<void>;
};

/**
 * Opens the reply of one invocation.
 *
 * @param stream the runtime's response stream
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
 */
export function openReply(stream: awslambda.HttpResponseStream): Reply {
  const reply = {
    begun: false,
    send(head: ResponseHead, body: string) {
      const out = begin(head);
      out.write(body);
      return end(out);
    },
    async relay(head: ResponseHead, body: Readable, options: RelayOptions = {}) {
      const out = begin(head);
      // The prelude leaves with the first write: before the body's first byte, and also where the body has none.
      out.write("");
      await relayTo(out, body, options);
      await end(out);
    },
  };

  function begin({ status, headers }: ResponseHead): Writable {
    reply.begun = true;
    const out = awslambda.HttpResponseStream.from(stream, { statusCode: status, headers });
    // A late error of the client's side must not end the process. The runtime's `on` returns another object than `out`.
    out.on("error", () => {});
    return out;
  }
  return reply;
}

// Not by `pipeline`: it makes several errors with their stack traces for each response, also for complete ones, which took two thirds of the
// CPU time of a request of 1 KiB.
async function relayTo(out: Writable, body: Readable, options: RelayOptions): Promise<void> {
  const { filter, heartbeatMs, endAfterMs, endSignal, breakAfterMs, endsWhenIdle } = options;
  const { lastEvent, onEnded, onSent } = options;
  let endedBy: "limit" | "signal" | undefined;
  const endBy = (by: "limit" | "signal") => {
    endedBy ??= by;
    body.destroy();
  };
  const endBySignal = () => endBy("signal");
  const breakOff = () =>
    body.destroy(new Error("the response was not complete when the function's time was up"));
  const timer = endAfterMs === undefined ? undefined : setTimeout(endBy, endAfterMs, "limit");
  const breaking = breakAfterMs === undefined ? undefined : setTimeout(breakOff, breakAfterMs);
  const heartbeat = heartbeatMs === undefined ? undefined : startHeartbeat(out, heartbeatMs);
  const stopReading = () => body.destroy();
  out.on("close", stopReading);
  if (out.destroyed) stopReading();
  endSignal?.addEventListener("abort", endBySignal);
  if (endSignal?.aborted) endBySignal();

  const write = (parts: readonly Buffer[]): boolean => {
    let hasRoom = true;
    for (const part of parts) {
      if (body.destroyed && !body.readableEnded) break;
      hasRoom = out.write(part);
      onSent?.(part.length);
      heartbeat?.sent(part);
    }
    return hasRoom;
  };
  try {
    await passOn(body, out, (chunk) => write(filter?.push(chunk) ?? [chunk]));
    write(filter?.rest() ?? []);
    if (out.destroyed) throw clientGone(undefined);
  } catch (cause) {
    // A server that allows one stream per session must have seen the end of this one before the client opens the next.
    await close(body);
    if (out.destroyed) throw clientGone(cause);
    const isIdle =
      endsWhenIdle === true && cause instanceof ConnectionError && cause.fault === "idle_timeout";
    if (endedBy === undefined && !isIdle) throw cause;
    onEnded?.(endedBy ?? "idle");
    if (lastEvent !== undefined && heartbeat?.isBetweenEvents() === true) out.write(lastEvent);
  } finally {
    clearTimeout(timer);
    clearTimeout(breaking);
    heartbeat?.stop();
    out.off("close", stopReading);
    endSignal?.removeEventListener("abort", endBySignal);
  }
}

/**
 * Passes a body on to `write` as it arrives. While `write` returns false, nothing is read until there is room again.
 *
 * @returns settles when the body has closed; rejects where it had not ended, or with what `write` threw
 */
function passOn(body: Readable, out: Writable, write: (chunk: Buffer) => boolean): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const resume = () => body.resume();
    const settle = () => {
      out.off("drain", resume);
      if (body.readableEnded) resolve();
      else reject(body.errored ?? new Error("the body was closed"));
    };
    const take = (chunk: Buffer) => {
      try {
        if (!write(chunk)) body.pause();
      } catch (cause) {
        // What has arrived with this chunk must not be passed on either.
        body.off("data", take);
        body.destroy(cause as Error);
      }
    };
    out.on("drain", resume);
    body
      .on("data", take)
      .on("error", () => {})
      .on("close", settle);
    if (body.closed) settle();
  });
}

async function close(body: Readable): Promise<void> {
  body.destroy();
  if (!body.closed) await new Promise((resolve) => body.once("close", resolve));
}

function end(out: Writable): Promise<void> {
  return new Promise((resolve, reject) => {
    out.on("error", reject);
    out.on("close", () => out.writableFinished || reject(clientGone(undefined)));
    out.end((cause?: Error | null) => (cause ? reject(cause) : resolve()));
  });
}

function clientGone(cause: unknown): Error {
  return new Error("the client closed the connection", { cause });
}
