// A clock for function processes that a test can set forward: `Date.now` there is the time plus what a file says.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { RUNTIME_UNDER_TEST } from "./runtime-under-test.ts";

const LOCAL_RUNTIME = fileURLToPath(new URL("../../local/lambda/runtime/bootstrap.ts", import.meta.url));

export type MovableClock = {
  /** arguments of node for `startGateway` */
  runtime: readonly string[];
  advance(ms: number): void;
  remove(): void;
};

const HOUR_MS = 3_600_000;

/**
 * A clock set back to the beginning of the hour: the windows of rate limits do not end during the tests. Not set forward, because then
 * invocations would be past their deadline.
 */
export function clockAtFullHour(): MovableClock {
  const clock = movableClock();
  clock.advance(-(Date.now() % HOUR_MS));
  return clock;
}

export function movableClock(): MovableClock {
  const folder = mkdtempSync(join(tmpdir(), "clock-"));
  const file = join(folder, "ms");
  let ms = 0;
  const write = () => writeFileSync(file, String(ms));
  write();
  const preload = `
    import { readFileSync } from "node:fs";
    const now = Date.now;
    Date.now = () => now() + Number(readFileSync(${JSON.stringify(file)}, "utf8"));`;
  const importUrl = `data:text/javascript,${encodeURIComponent(preload)}`;
  return {
    runtime: ["--import", importUrl, ...(RUNTIME_UNDER_TEST ?? [LOCAL_RUNTIME])],
    advance(by) {
      ms += by;
      write();
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
