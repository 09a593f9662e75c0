// Maximum duration of a response: the function's timeout and, for a GET stream, `get_stream_seconds`. API Gateway does not report
// disconnected clients: without this limit, their streams would stay open.
import type { EffectiveServer } from "../core/config/effective-server.ts";
import { monotonicMs } from "../platform/monotonic-ms.ts";

/**
 * Why the gateway ended a stream: idle server, maximum duration, function timeout, or blocked caller.
 */
export type StreamEnd = "idle" | "maximum" | "time" | "blocked";

export type TimeLimit = {
  /** which of the two limits is reached first */
  end: Exclude<StreamEnd, "idle" | "blocked">;
  /** remaining milliseconds, at least 0 */
  leftMs(): number;
};

/**
 * Starts the limit of a request.
 *
 * @param functionMs returns the milliseconds until the function's timeout
 * @param now monotonic milliseconds
 */
export function startTimeLimit(
  method: string,
  { getStreamMs }: Pick<EffectiveServer, "getStreamMs">,
  functionMs: () => number,
  now = monotonicMs,
): TimeLimit {
  const maximumAt = now() + (method === "GET" ? getStreamMs : Number.POSITIVE_INFINITY);
  const streamMs = () => maximumAt - now();
  return {
    end: streamMs() < functionMs() ? "maximum" : "time",
    leftMs: () => Math.max(0, Math.min(streamMs(), functionMs())),
  };
}
