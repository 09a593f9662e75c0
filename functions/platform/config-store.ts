// Keeps the configuration in memory: read once at start, refreshed in the background, last good version served on error.
// It fails closed: while there never was a good configuration, `current` throws and every request is refused.
import { buildSnapshot, type ConfigSnapshot, type GoodParameters } from "../core/config-snapshot.ts";
import { CONFIG_LOAD_TIMEOUT_MS, CONFIG_MAX_AGE_MS, CONFIG_REFRESH_AFTER_MS } from "../core/limits.ts";
import type { Log } from "./log.ts";
import type { ReadParameters } from "./parameter-reader.ts";

/** Thrown while there is no configuration to decide by. */
export class ConfigurationUnavailable extends Error {
  override name = "ConfigurationUnavailable";
}

/** Access to the configuration. */
export type ConfigStore = {
  /**
   * The configuration to decide by. Waits only for the first read and where the last one is older than {@link CONFIG_MAX_AGE_MS}.
   *
   * @throws ConfigurationUnavailable where none was ever read
   */
  current(): Promise<ConfigSnapshot>;
};

/** What the store needs. `random` spreads refreshes over time so that a fleet does not read at once. */
export type ConfigStoreParts = { read: ReadParameters; log: Log; now?: () => number; random?: () => number };

/**
 * Opens the store and starts the first read at once, so that it overlaps with the rest of the function's start.
 *
 * @param parts the reader, the log and, for tests, time and chance
 */
export function openConfigStore({
  read,
  log,
  now = Date.now,
  random = Math.random,
}: ConfigStoreParts): ConfigStore {
  let snapshot: ConfigSnapshot | undefined;
  let good: GoodParameters = { servers: new Map() };
  let readAt = Number.NEGATIVE_INFINITY;
  let refreshDueAt = Number.NEGATIVE_INFINITY;
  let refreshing: Promise<void> | undefined;
  let reportedFaults = "";

  async function readOnce(): Promise<void> {
    const result = buildSnapshot(await withTimeout(read()), good);
    report(result.faults);
    good = result.good;
    snapshot = result.snapshot ?? snapshot;
    readAt = now();
  }

  function report(faults: ReturnType<typeof buildSnapshot>["faults"]): void {
    const text = JSON.stringify(faults);
    // Once per change: a wrong parameter must not fill the log every minute.
    if (text !== reportedFaults) {
      for (const { name, version, faults: details } of faults) {
        log.error("configuration parameter refused, its last good version stays", {
          name,
          version,
          faults: details,
        });
      }
    }
    reportedFaults = text;
  }

  function refresh(): Promise<void> {
    refreshing ??= readOnce()
      .catch((cause: unknown) => log.error("configuration could not be read", { cause: describe(cause) }))
      .finally(() => {
        refreshing = undefined;
        refreshDueAt = now() + CONFIG_REFRESH_AFTER_MS * (0.75 + random() / 2);
      });
    return refreshing;
  }

  void refresh();
  return {
    async current() {
      if (snapshot === undefined) await refresh();
      else if (now() >= refreshDueAt) {
        const refreshed = refresh();
        if (now() - readAt > CONFIG_MAX_AGE_MS) await refreshed;
      }
      if (snapshot === undefined) throw new ConfigurationUnavailable("no valid configuration was read yet");
      return snapshot;
    },
  };
}

async function withTimeout<T>(reading: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no answer from SSM within ${CONFIG_LOAD_TIMEOUT_MS} ms`)),
      CONFIG_LOAD_TIMEOUT_MS,
    );
  });
  try {
    return await Promise.race([reading, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function describe(cause: unknown): { name: string; message: string } {
  const { name, message } = cause instanceof Error ? cause : new Error(String(cause));
  return { name, message };
}
