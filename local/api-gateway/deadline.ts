// A time limit that can be taken back: a request that is over must not be held in memory until its limit would have passed.

/** A running time limit. */
export type Deadline = {
  /** Resolves when the time is up; never after `clear`. */
  readonly passed: Promise<"timeout">;
  /** Aborts when the time is up. */
  readonly signal: AbortSignal;
  clear(): void;
};

/** Starts a time limit. */
export function startDeadline(milliseconds: number): Deadline {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<"timeout">((resolve) => {
    timer = setTimeout(() => {
      resolve("timeout");
      controller.abort();
    }, milliseconds);
  });
  return { passed, signal: controller.signal, clear: () => clearTimeout(timer) };
}
