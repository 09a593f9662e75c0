// A timeout that can be cleared, so that a finished request is not kept in memory until its timeout.

export type Deadline = {
  /** Resolves when the time is up; never after `clear`. */
  readonly passed: Promise<"timeout">;
  /** Aborts when the time is up. */
  readonly signal: AbortSignal;
  clear(): void;
};

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
