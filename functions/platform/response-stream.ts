// The streamed response of a Lambda behind API Gateway: JSON with status and headers, eight NUL bytes, then the body.
// The runtime sends that prelude with the first write; if a stream ends without one, the client gets a 500.
import type { Readable, Writable } from "node:stream";
import type { BodyFilter } from "../core/body-filter.ts";
import { STREAM_END_MARGIN_MS } from "../core/limits.ts";
import { ConnectionError } from "./connection-fault.ts";
import { startHeartbeat } from "./heartbeat.ts";

export type ResponseHead = { status: number; headers: Record<string, string> };

export type RelayOptions = {
  filter?: BodyFilter | undefined;
  /** for event streams: idle milliseconds before a comment is sent */
  heartbeatMs?: number;
  /** ends the response cleanly after so many milliseconds: for streams that clients resume */
  endAfterMs?: number;
  /** starts to watch for a reason to end the response cleanly; returns a function that stops it */
  watch?: (end: () => void) => () => void;
  /** aborts the response after so many milliseconds */
  breakAfterMs?: number;
  /** ends the response cleanly on an idle timeout */
  endsWhenIdle?: boolean;
  /** called with the reason if the response ended cleanly before its body */
  onEnded?: (by: "limit" | "idle" | "watch") => void;
  /** sent last in that case, but never within an event; requires `heartbeatMs` */
  lastEvent?: string | undefined;
  /** called with the size of each chunk that is sent */
  onSent?: (bytes: number) => void;
};

/** The response to one request. It can only be started once. */
export type Reply = {
  /** true once status and headers have been sent: the stream can then only be completed or aborted */
  readonly begun: boolean;
  /** Sends a whole response. */
  send(head: ResponseHead, body: string | Buffer): Promise<void>;
  /**
   * Relays a body as it arrives, with backpressure.
   *
   * @throws the error that ended the body early. The runtime's stream stays open: the handler must throw the error, so that the runtime
   *   aborts the response
   */
  relay(head: ResponseHead, body: Readable, options?: RelayOptions): Promise<void>;
};

/** How long a client may read after the response must have ended: enough time is left to write the audit line. */
const READ_MARGIN_MS = STREAM_END_MARGIN_MS / 2;

/** Returns the milliseconds until a response must have ended. */
type LeftMs = () => number;

/**
 * Opens the response of one invocation.
 *
 * @param stream the runtime's response stream
 * @param leftMs a response that the client has not read {@link READ_MARGIN_MS} later is aborted
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
 */
export function openReply(stream: awslambda.HttpResponseStream, leftMs: LeftMs): Reply {
  return openReplyTo(
    ({ status, headers }) => awslambda.HttpResponseStream.from(stream, { statusCode: status, headers }),
    leftMs,
  );
}

/**
 * Opens a response that is written to any stream.
 *
 * @param open called once with status and headers; returns the stream for the body
 * @param leftMs see {@link openReply}
 */
export function openReplyTo(open: (head: ResponseHead) => Writable, leftMs: LeftMs): Reply {
  const readMs = () => Math.max(0, leftMs() + READ_MARGIN_MS);
  const reply = {
    begun: false,
    send(head: ResponseHead, body: string | Buffer) {
      const out = begin(head);
      out.write(body);
      return end(out, readMs());
    },
    async relay(head: ResponseHead, body: Readable, options: RelayOptions = {}) {
      const out = begin(head);
      // The prelude is sent with the first write, which an empty body does not have.
      out.write("");
      await relayTo(out, body, { breakAfterMs: readMs(), ...options });
      await end(out, readMs());
    },
  };

  function begin(head: ResponseHead): Writable {
    reply.begun = true;
    const out = open(head);
    // A late error on the client's side must not end the process. The runtime's `on` does not return `out`.
    out.on("error", () => {});
    return out;
  }
  return reply;
}

// Not `pipeline`: it creates several errors with stack traces for each response, even complete ones, which took two thirds of the CPU
// time of a 1 KiB request.
async function relayTo(out: Writable, body: Readable, options: RelayOptions): Promise<void> {
  const { filter, heartbeatMs, endAfterMs, watch, breakAfterMs, endsWhenIdle } = options;
  const { lastEvent, onEnded, onSent } = options;
  let endedBy: "limit" | "watch" | undefined;
  const endBy = (by: "limit" | "watch") => {
    endedBy ??= by;
    body.destroy();
  };
  const breakOff = () => body.destroy(new Error("the response was incomplete at the function's timeout"));
  const timer = endAfterMs === undefined ? undefined : setTimeout(endBy, endAfterMs, "limit");
  const breaking = breakAfterMs === undefined ? undefined : setTimeout(breakOff, breakAfterMs);
  const heartbeat = heartbeatMs === undefined ? undefined : startHeartbeat(out, heartbeatMs);
  const stopReading = () => body.destroy();
  out.on("close", stopReading);
  if (out.destroyed) stopReading();
  const stopWatch = watch?.(() => endBy("watch"));

  // One write for what becomes ready at once: an event with a sealed id has three parts.
  const write = (parts: readonly Buffer[]): boolean => {
    const bytes = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
    if (bytes.length === 0) return true;
    const hasRoom = out.write(bytes);
    onSent?.(bytes.length);
    heartbeat?.sent(bytes);
    return hasRoom;
  };
  try {
    await passOn(body, out, (chunk) => write(filter?.push(chunk) ?? [chunk]));
    write(filter?.rest() ?? []);
    if (out.destroyed) throw clientGone(undefined);
  } catch (cause) {
    // A server with one stream per session must notice the end of this stream before the client opens the next.
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
    stopWatch?.();
  }
}

/**
 * Writes a body with backpressure: while `write` returns false, nothing is read.
 *
 * @returns resolves when the body has closed; rejects if it had not ended, or with the error of `write`
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
        // Data that arrived with this chunk must not be written either.
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

async function end(out: Writable, maxMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error("the client did not read the response in time")), maxMs);
      out.on("error", reject);
      out.on("close", () => out.writableFinished || reject(clientGone(undefined)));
      out.end((cause?: Error | null) => (cause ? reject(cause) : resolve()));
    });
  } finally {
    clearTimeout(timer);
  }
}

function clientGone(cause: unknown): Error {
  return new Error("the client closed the connection", { cause });
}
