// Keeps the configuration in memory: read once at start, refreshed in the background, last good version served on error.
// It fails closed: while there never was a good configuration, `current` throws and every request is refused.
import { isDeepStrictEqual } from "node:util";
import type { Awaitable } from "../core/awaitable.ts";
import {
  buildSnapshot,
  type ConfigSnapshot,
  type GoodParameters,
  type Parameter,
  type SnapshotResult,
} from "../core/config-snapshot.ts";
import { CONFIG_MAX_AGE_MS, CONFIG_REFRESH_AFTER_MS, CONFIG_RETRY_MS } from "../core/limits.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { ReadParameters } from "./parameter-reader.ts";
import { type RetryLimits, readWithRetries } from "./read-with-retries.ts";

/** Thrown while there is no configuration to decide by. */
export class ConfigurationUnavailable extends Error {
  override name = "ConfigurationUnavailable";
}

/** Access to the configuration. */
export type ConfigStore = {
  /**
   * The configuration to decide by. Promised only for the first read and where the last one is older than {@link CONFIG_MAX_AGE_MS};
   * rejects with {@link ConfigurationUnavailable} where none was ever read.
   */
  current(): Awaitable<ConfigSnapshot>;
};

/** What the store needs. `random` spreads reads over time so that a fleet does not read at once. */
export type ConfigStoreParts = {
  read: ReadParameters;
  /** SSM path of the configuration */
  prefix?: string;
  log: Log;
  metrics: Metrics;
  now?: () => number;
  random?: () => number;
  retries?: RetryLimits;
};

/**
 * Opens the store and starts the first read at once, so that it overlaps with the rest of the function's start.
 *
 * @param parts the reader, the log and, for tests, time and chance
 */
export function openConfigStore({
  read,
  prefix,
  log,
  metrics,
  now = Date.now,
  random = Math.random,
  retries,
}: ConfigStoreParts): ConfigStore {
  let snapshot: ConfigSnapshot | undefined;
  let good: GoodParameters = { servers: new Map() };
  let last: { parameters: readonly Parameter[]; result: SnapshotResult } | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  let refreshDueAt = Number.NEGATIVE_INFINITY;
  let refreshing: Promise<void> | undefined;
  const reported = new Set<string>();

  async function readOnce(): Promise<void> {
    const parameters = await readWithRetries(read, random, retries);
    // Nothing new: the same objects stay, and with them what is remembered by them.
    if (last === undefined || !isDeepStrictEqual(parameters, last.parameters)) {
      last = { parameters, result: buildSnapshot(parameters, good, prefix) };
    }
    const { result } = last;
    report(result.faults);
    good = result.good;
    snapshot = result.snapshot ?? snapshot;
    readAt = now();
  }

  function report(faults: ReturnType<typeof buildSnapshot>["faults"]): void {
    // At each read, so that an alarm lasts as long as its cause.
    if (faults.length > 0) metrics.count("ConfigParametersRefused", faults.length);
    const seen = new Set(reported);
    reported.clear();
    for (const { name, version, faults: details } of faults) {
      const key = JSON.stringify([name, version, details]);
      reported.add(key);
      // Once per version and fault: a wrong parameter must not fill the log every minute.
      if (seen.has(key)) continue;
      const kept = "configuration parameter refused, its last good version stays";
      log.error(kept, { name, version, faults: details });
    }
  }

  function refresh(): Promise<void> {
    refreshing ??= readOnce()
      .catch((cause: unknown) => {
        metrics.count("ConfigReadFailed", 1);
        log.error("configuration could not be read", { cause: describe(cause) });
      })
      .finally(() => {
        refreshing = undefined;
        const intervalMs = snapshot === undefined ? CONFIG_RETRY_MS.longest : CONFIG_REFRESH_AFTER_MS;
        refreshDueAt = now() + intervalMs * (0.75 + random() / 2);
      });
    return refreshing;
  }

  function latest(): Awaitable<ConfigSnapshot> {
    return snapshot ?? Promise.reject(new ConfigurationUnavailable("no valid configuration was read yet"));
  }

  void refresh();
  return {
    current() {
      if (refreshing !== undefined || now() >= refreshDueAt) {
        const refreshed = refresh();
        if (snapshot === undefined || now() - readAt > CONFIG_MAX_AGE_MS) return refreshed.then(latest);
      }
      return latest();
    },
  };
}

function describe(cause: unknown): { name: string; message: string } {
  const { name, message } = cause instanceof Error ? cause : new Error(String(cause));
  return { name, message };
}
