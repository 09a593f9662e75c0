// Caches the configuration: read at start, refreshed in the background; on errors, the last valid version is used.
// Fails closed: until a valid configuration has been read, `current` rejects and every request is denied.
import { isDeepStrictEqual } from "node:util";
import {
  buildSnapshot,
  type ConfigSnapshot,
  type GoodParameters,
  type Parameter,
  type SnapshotResult,
} from "../core/config-snapshot.ts";
import {
  CONFIG_MAX_AGE_MS,
  CONFIG_REFRESH_AFTER_MS,
  CONFIG_RETRY_AFTER_MS,
  CONFIG_STALE_WAIT_MS,
} from "../core/limits.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { ReadParameters } from "./parameter-store.ts";
import { refreshing } from "./refreshing.ts";

/** Thrown until a valid configuration has been read. */
export class ConfigurationUnavailable extends Error {
  override name = "ConfigurationUnavailable";
}

export type ConfigStore = {
  /**
   * The current configuration. Waits for the first read, and up to {@link CONFIG_STALE_WAIT_MS} for a read if the last valid one is older
   * than {@link CONFIG_MAX_AGE_MS}; rejects with {@link ConfigurationUnavailable} if no read has succeeded.
   */
  current(): Promise<ConfigSnapshot>;
};

/** Dependencies of the store. `random` adds jitter to the reads of many environments. */
export type ConfigStoreParts = {
  read: ReadParameters;
  /** SSM path of the configuration */
  prefix?: string;
  /** the gateway's URL if gateway.json has no `public_url` */
  publicUrl?: string;
  log: Log;
  metrics: Metrics;
  now?: () => number;
  random?: () => number;
};

/**
 * Opens the store and starts the first read at once, in parallel with the rest of the cold start.
 *
 * @param parts dependencies; clock and random numbers are replaced in tests
 */
export function openConfigStore({
  read,
  prefix,
  publicUrl,
  log,
  metrics,
  now = Date.now,
  random = Math.random,
}: ConfigStoreParts): ConfigStore {
  let good: GoodParameters = { servers: new Map() };
  let last: { parameters: readonly Parameter[]; result: SnapshotResult } | undefined;
  const reported = new Set<string>();

  const snapshots = refreshing({
    read: async () => {
      const parameters = await read().catch((cause: unknown) => {
        metrics.count("ConfigReadFailed", 1);
        log.error("configuration could not be read", { cause: describe(cause) });
        throw cause;
      });
      // Reuses the compiled form of unchanged parameters.
      if (last === undefined || !isDeepStrictEqual(parameters, last.parameters)) {
        last = { parameters, result: buildSnapshot(parameters, good, { prefix, publicUrl }) };
      }
      const { result } = last;
      report(result.faults);
      good = result.good;
      if (result.snapshot === undefined) throw new Error("the gateway parameter is missing or invalid");
      return result.snapshot;
    },
    refreshAfterMs: CONFIG_REFRESH_AFTER_MS,
    freshMs: CONFIG_MAX_AGE_MS,
    staleMs: Number.POSITIVE_INFINITY,
    staleWaitMs: CONFIG_STALE_WAIT_MS,
    retryAfterMs: (_, hasValue) => (hasValue ? CONFIG_REFRESH_AFTER_MS : CONFIG_RETRY_AFTER_MS),
    spread: () => 0.75 + random() / 2,
    now,
  });

  function report(faults: ReturnType<typeof buildSnapshot>["faults"]): void {
    // At each read, so that the alarm stays on until the cause is fixed.
    if (faults.length > 0) metrics.count("ConfigParametersRefused", faults.length);
    const seen = new Set(reported);
    reported.clear();
    for (const { name, version, faults: details } of faults) {
      const key = JSON.stringify([name, version, details]);
      reported.add(key);
      // Logged once per version and error, not every minute.
      if (seen.has(key)) continue;
      log.error("invalid configuration parameter; its last valid version stays in use", {
        name,
        version,
        faults: details,
      });
    }
  }

  void snapshots.refresh();
  return {
    current: () =>
      snapshots.get().catch((cause: unknown) => {
        throw new ConfigurationUnavailable("no valid configuration was read yet", { cause });
      }),
  };
}

function describe(cause: unknown): { name: string; message: string } {
  const { name, message } = cause instanceof Error ? cause : new Error(String(cause));
  return { name, message };
}
