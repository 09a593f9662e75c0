import { afterEach, describe, expect, it, vi } from "vitest";
import { readWithRetries } from "../../../functions/platform/read-with-retries.ts";

const LIMITS = { totalMs: 8_000, first: 200, longest: 2_000 };
const throttling = Object.assign(new Error("Rate exceeded"), {
  name: "ThrottlingException",
  $fault: "client",
});

afterEach(() => vi.useRealTimers());

describe("readWithRetries", () => {
  it("waits up to twice as long each time, to an end", async () => {
    vi.useFakeTimers();
    const triedAt: number[] = [];
    const start = Date.now();
    const read = async () => {
      triedAt.push(Date.now() - start);
      throw throttling;
    };
    const result = readWithRetries(read, () => 1, LIMITS).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(8_000);
    expect(await result).toBe(throttling);
    expect(triedAt).toEqual([0, 200, 600, 1_400, 3_000, 5_000, 7_000]);
  });

  it("spreads the waits by chance", async () => {
    vi.useFakeTimers();
    const triedAt: number[] = [];
    const start = Date.now();
    const result = readWithRetries(
      async () => {
        triedAt.push(Date.now() - start);
        if (triedAt.length < 3) throw throttling;
        return "read";
      },
      () => 0.25,
      LIMITS,
    );
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await result).toBe("read");
    expect(triedAt).toEqual([0, 50, 150]);
  });

  it("ends a try that takes too long, and tells it so", async () => {
    vi.useFakeTimers();
    let given: AbortSignal | undefined;
    const read = (signal: AbortSignal) => {
      given = signal;
      return new Promise<never>(() => {});
    };
    const result = readWithRetries(read, () => 1, LIMITS).catch((error: Error) => error.message);
    await vi.advanceTimersByTimeAsync(7_999);
    expect(given?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await result).toBe("no answer from SSM within 8000 ms");
    expect(given?.aborted).toBe(true);
  });

  it("tries again after a fault that is not the caller's", async () => {
    const failures = [Object.assign(new Error("oops"), { $fault: "server" }), new Error("ECONNRESET")];
    const read = async () => {
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      return "read";
    };
    expect(await readWithRetries(read, () => 0, LIMITS)).toBe("read");
  });

  it.each([
    ["ThrottlingException", 400],
    ["RequestTimeoutException", 400],
    ["TooManyUpdates", 429],
    ["UnknownError", 429],
  ])("tries again after %s with status %i", async (name, httpStatusCode) => {
    const failures = [
      Object.assign(new Error(name), { name, $fault: "client", $metadata: { httpStatusCode } }),
    ];
    const read = async () => {
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      return "read";
    };
    expect(await readWithRetries(read, () => 0, LIMITS)).toBe("read");
  });

  it("does not try again what AWS refuses for good", async () => {
    let tries = 0;
    const denied = Object.assign(new Error("denied"), { name: "AccessDeniedException", $fault: "client" });
    const result = readWithRetries(
      async () => {
        tries += 1;
        throw denied;
      },
      () => 0,
      LIMITS,
    );
    await expect(result).rejects.toBe(denied);
    expect(tries).toBe(1);
  });

  it("gives an answer its time again after the environment was frozen", async () => {
    vi.useFakeTimers();
    let answer = (_text: string) => {};
    const result = readWithRetries(
      () =>
        new Promise<string>((resolve) => {
          answer = resolve;
        }),
      () => 1,
      LIMITS,
    );
    await vi.advanceTimersByTimeAsync(10);
    // Frozen: the clock goes on, timers do not.
    vi.setSystemTime(Date.now() + 60_000);
    await vi.advanceTimersByTimeAsync(7_990);
    answer("read");
    expect(await result).toBe("read");
  });
});
