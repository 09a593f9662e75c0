// Keeps the configuration in memory: read once at start, refreshed in the background, last good version served on error.
// It fails closed: while there never was a good configuration, `current` rejects and every request is denied.
import { isDeepStrictEqual } from "node:util";
import {
  buildSnapshot,
  type ConfigSnapshot,
  type GoodParameters,
  type Parameter,
  type SnapshotResult,
} from "../core/config-snapshot.ts";
import { CONFIG_MAX_AGE_MS, CONFIG_REFRESH_AFTER_MS, CONFIG_RETRY_AFTER_MS } from "../core/limits.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { ReadParameters } from "./parameter-store.ts";
import { refreshing } from "./refreshing.ts";

/** Thrown while there is no configuration to decide by. */
export class ConfigurationUnavailable extends Error {
  override name = "ConfigurationUnavailable";
}

/** Access to the configuration. */
export type ConfigStore = {
  /**
   * The configuration to decide by. Waits for the first read, and where the last good read is older than {@link CONFIG_MAX_AGE_MS};
   * rejects with {@link ConfigurationUnavailable} where none was ever read.
   */
  current(): Promise<ConfigSnapshot>;
};

/** What the store needs. `random` spreads reads over time so that a fleet does not read at once. */
export type ConfigStoreParts = {
  read: ReadParameters;
  /** SSM path of the configuration */
  prefix?: string;
  /** the gateway's URL where gateway.json has no `public_url` */
  publicUrl?: string;
  log: Log;
  metrics: Metrics;
  now?: () => number;
  random?: () => number;
};

/**
 * Opens the store and starts the first read at once, so that it overlaps with the rest of the function's start.
 *
 * @param parts the reader, the log and, for tests, time and chance
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
      // Unchanged parameters keep their compiled form.
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
    retryAfterMs: (_, hasValue) => (hasValue ? CONFIG_REFRESH_AFTER_MS : CONFIG_RETRY_AFTER_MS),
    spread: () => 0.75 + random() / 2,
    now,
  });

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
      const kept = "invalid configuration parameter; its last valid version stays in use";
      log.error(kept, { name, version, faults: details });
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
