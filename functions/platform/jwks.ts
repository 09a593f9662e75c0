// Keeps the verification keys of each JWKS URL: refreshed in the background, refetched once for an unknown `kid` with a cooldown,
// served stale for a bounded time while the endpoint is down, then refused. Keys of one URL never serve a token meant for another.
import { type Awaitable, whenThere } from "../core/awaitable.ts";
import { type KeySet, readKeySet } from "../core/jwk-set.ts";
import {
  JWKS_FRESH_MS,
  JWKS_MAX_BYTES,
  JWKS_MIN_REFRESH_MS,
  JWKS_REFRESH_AFTER_MS,
  JWKS_STALE_MS,
  JWKS_TIMEOUT_MS,
  JWKS_UNKNOWN_KID_COOLDOWN_MS,
} from "../core/limits.ts";
import type { TokenFaultReason } from "../core/token-fault.ts";
import type { KeyLookup } from "../core/verify-token.ts";
import { fetchJson } from "./http-fetch.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";

/** Looks keys up by URL: at once where nothing has to be fetched for it. */
export type JwksCache = {
  /**
   * @param url one `jwksUri` of the rules
   * @param kid the token's `kid`
   * @param algorithm the token's `alg`
   * @param maxAgeMs the block's `cacheMaxAge`; shortens the refresh down to {@link JWKS_MIN_REFRESH_MS}, never lengthens it
   */
  lookup(url: string, kid: string, algorithm: string, maxAgeMs: number): Awaitable<KeyLookup>;
  /**
   * Which keys a URL has now, for caches of verdicts: another version, other keys. Refreshes by age as a lookup does.
   *
   * @returns undefined while there are no usable keys
   */
  version(url: string, maxAgeMs: number): Awaitable<string | undefined>;
};

type CachedKeys = {
  keySet: KeySet | undefined;
  fetchedAt: number;
  /** no fetch before this time: failed fetches back off, and 429 says how long */
  retryAt: number;
  unknownKidFetchAt: number;
  /** fetched while a request waited, and not looked into since */
  unseen: boolean;
  fetching: Promise<void> | undefined;
};

const FAILURE_BACKOFF_MS = 5_000;
const MAX_RETRY_AFTER_MS = 60_000;
const JUST_FETCHED_MS = 1_000;

/** Opens an empty cache. `fetcher` and `now` are replaced in tests. */
export function createJwksCache(
  log: Log,
  now: () => number = Date.now,
  fetcher = fetchJson,
  metrics: Metrics = { count: () => {} },
): JwksCache {
  const byUrl = new Map<string, CachedKeys>();

  function entryOf(url: string): CachedKeys {
    let entry = byUrl.get(url);
    if (entry === undefined) {
      const never = Number.NEGATIVE_INFINITY;
      entry = {
        keySet: undefined,
        fetchedAt: never,
        retryAt: never,
        unknownKidFetchAt: never,
        unseen: false,
        fetching: undefined,
      };
      byUrl.set(url, entry);
    }
    return entry;
  }

  async function fetchKeys(url: string, entry: CachedKeys): Promise<void> {
    try {
      const { status, json, retryAfterSeconds } = await fetcher(url, {
        timeoutMs: JWKS_TIMEOUT_MS,
        maxBytes: JWKS_MAX_BYTES,
      });
      const keySet = readKeySet(json);
      if (keySet === undefined) {
        const waitMs = Math.min((retryAfterSeconds ?? 0) * 1_000, MAX_RETRY_AFTER_MS);
        entry.retryAt = now() + Math.max(waitMs, FAILURE_BACKOFF_MS);
        metrics.count("KeyRefreshFailed", 1);
        log.error("JWKS not usable", { url, status, expected: 'status 200 and {"keys":[…]}' });
        return;
      }
      if (keySet.rejected.length > 0) log.warn("JWKS keys left out", { url, rejected: keySet.rejected });
      entry.keySet = keySet;
      entry.fetchedAt = now();
    } catch (cause) {
      entry.retryAt = now() + FAILURE_BACKOFF_MS;
      metrics.count("KeyRefreshFailed", 1);
      log.error("JWKS could not be fetched", {
        url,
        cause: cause instanceof Error ? cause.message : String(cause),
      });
    }
  }

  function fetchOnce(url: string, entry: CachedKeys): Promise<void> {
    entry.fetching ??= fetchKeys(url, entry).finally(() => {
      entry.fetching = undefined;
    });
    return entry.fetching;
  }

  /** Gives a promise where a request must wait for it. */
  function refreshByAge(url: string, entry: CachedKeys, maxAgeMs: number): Promise<void> | undefined {
    const age = now() - entry.fetchedAt;
    const maxAge = Math.max(maxAgeMs, JWKS_MIN_REFRESH_MS);
    if (age < Math.min(JWKS_REFRESH_AFTER_MS, maxAge) || now() < entry.retryAt) return undefined;
    const fetched = fetchOnce(url, entry);
    // Past the time in which a revoked key must be gone, nobody is let in on the old keys without having asked.
    if (age < Math.min(JWKS_FRESH_MS, maxAge)) return undefined;
    return fetched.then(() => {
      entry.unseen = true;
    });
  }

  async function refreshForUnknownKid(url: string, entry: CachedKeys): Promise<void> {
    const due = entry.unknownKidFetchAt + JWKS_UNKNOWN_KID_COOLDOWN_MS;
    if (entry.fetching === undefined && (now() < due || now() < entry.retryAt)) return;
    if (entry.fetching === undefined) entry.unknownKidFetchAt = now();
    await fetchOnce(url, entry);
  }

  const isUsable = (entry: CachedKeys) =>
    entry.keySet !== undefined && now() - entry.fetchedAt <= JWKS_STALE_MS;

  function versionOf(entry: CachedKeys): string | undefined {
    return isUsable(entry) ? entry.keySet?.version : undefined;
  }

  function findIn(entry: CachedKeys, url: string, kid: string, algorithm: string): Awaitable<KeyLookup> {
    // Keys that came for this very request need not be fetched again for it.
    const cameForThis = entry.unseen && now() - entry.fetchedAt < JUST_FETCHED_MS;
    entry.unseen = false;
    const keyOf = () => usableKey(entry, url, kid, algorithm);
    if (entry.keySet === undefined || entry.keySet.kids.includes(kid)) return keyOf();
    if (!cameForThis) return refreshForUnknownKid(url, entry).then(keyOf);
    entry.unknownKidFetchAt = entry.fetchedAt;
    return keyOf();
  }

  function usableKey(entry: CachedKeys, url: string, kid: string, algorithm: string): Awaitable<KeyLookup> {
    if (entry.keySet === undefined || !isUsable(entry)) {
      return notFound("keys_unavailable", `keys from ${url} of the last hour`);
    }
    return whenThere(entry.keySet.find(kid, algorithm), (key) =>
      key === undefined
        ? notFound("key_unknown", `a key of ${url} for the token's kid and alg`)
        : { ok: true, key },
    );
  }

  return {
    lookup(url, kid, algorithm, maxAgeMs) {
      const entry = entryOf(url);
      const find = () => findIn(entry, url, kid, algorithm);
      return refreshByAge(url, entry, maxAgeMs)?.then(find) ?? find();
    },
    version(url, maxAgeMs) {
      const entry = entryOf(url);
      return refreshByAge(url, entry, maxAgeMs)?.then(() => versionOf(entry)) ?? versionOf(entry);
    },
  };
}

function notFound(reason: TokenFaultReason, expected: string): KeyLookup {
  return { ok: false, fault: { reason, expected, got: "none" } };
}
