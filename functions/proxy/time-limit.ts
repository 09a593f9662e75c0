// How long a response may take: until the function's time is up and, for a GET stream, at most as long as its server's `get_stream_seconds`.
// API Gateway does not tell the function that a client has left: without a limit of its own, every stream that was left would stay open.
import type { EffectiveServer } from "../core/config/effective-server.ts";

/**
 * Why the gateway ended a stream: its server was silent, the stream's maximum was reached, the function's time was up, or its caller was
 * blocked.
 */
export type StreamEnd = "idle" | "maximum" | "time" | "blocked";

/** A limit that began with its request. */
export type TimeLimit = {
  /** which of the two limits comes first */
  end: Exclude<StreamEnd, "idle" | "blocked">;
  /** milliseconds until then, from now; not below 0 */
  leftMs(): number;
};

/**
 * Starts the limit of a request.
 *
 * @param method the HTTP method
 * @param server the server that it is for
 * @param functionMs milliseconds until the function must have ended its response, from whenever it is called
 * @param now monotonic milliseconds
 */
export function startTimeLimit(
  method: string,
  { getStreamMs }: Pick<EffectiveServer, "getStreamMs">,
  functionMs: () => number,
  now = () => performance.now(),
): TimeLimit {
  const maximumAt = now() + (method === "GET" ? getStreamMs : Number.POSITIVE_INFINITY);
  const streamMs = () => maximumAt - now();
  return {
    end: streamMs() < functionMs() ? "maximum" : "time",
    leftMs: () => Math.max(0, Math.min(streamMs(), functionMs())),
  };
}
