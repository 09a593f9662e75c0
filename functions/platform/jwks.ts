// Caches the verification keys of each JWKS URL: refreshed in the background, fetched again for an unknown `kid` with a cooldown,
// and served stale for a bounded time while the endpoint is down; after that, requests fail. Keys of one URL are never used for another.
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
import type { TokenDenialReason } from "../core/token-denial.ts";
import type { KeyLookup } from "../core/verify-token.ts";
import { fetchJson } from "./http-fetch.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { type Refreshing, refreshing } from "./refreshing.ts";

/** Looks up keys by URL. */
export type JwksCache = {
  /**
   * @param url a `jwksUri` of the rules
   * @param maxAgeMs the block's `cacheMaxAge`; shortens the refresh interval, to {@link JWKS_MIN_REFRESH_MS} at least
   */
  lookup(url: string, kid: string, algorithm: string, maxAgeMs: number): Promise<KeyLookup>;
  /** Fetches keys before a token needs them, and imports the first one, which loads Node's Web Crypto. Never rejects. */
  fetch(urls: readonly string[], algorithm: string | undefined): Promise<void>;
};

type CachedKeys = { keySet: Refreshing<KeySet>; unknownKidFetchAt: number };

const FAILURE_BACKOFF_MS = 5_000;
const MAX_RETRY_AFTER_MS = 60_000;

class JwksUnusable extends Error {
  readonly retryAfterMs: number;

  constructor(message: string, retryAfterSeconds = 0, options?: { cause: unknown }) {
    super(message, options);
    const asked = Math.min(retryAfterSeconds * 1_000, MAX_RETRY_AFTER_MS);
    this.retryAfterMs = Math.max(asked, FAILURE_BACKOFF_MS);
  }
}

/** `metrics`: omitted, failed reads are only logged. `now` and `fetcher` are replaced in tests. */
export type JwksCacheParts = { metrics?: Metrics; now?: () => number; fetcher?: typeof fetchJson };

/** Opens an empty cache. */
export function createJwksCache(
  log: Log,
  { metrics, now = Date.now, fetcher = fetchJson }: JwksCacheParts = {},
): JwksCache {
  const byUrl = new Map<string, CachedKeys>();

  async function fetchKeys(url: string): Promise<KeySet> {
    const limits = { timeoutMs: JWKS_TIMEOUT_MS, maxBytes: JWKS_MAX_BYTES };
    const { status, json, retryAfterSeconds } = await fetcher(url, limits).catch((cause: unknown) => {
      metrics?.count("KeyRefreshFailed", 1);
      const message = cause instanceof Error ? cause.message : String(cause);
      log.error("JWKS could not be fetched", { url, cause: message });
      throw new JwksUnusable(`JWKS could not be fetched: ${message}`, 0, { cause });
    });
    const keySet = readKeySet(json);
    if (keySet === undefined) {
      metrics?.count("KeyRefreshFailed", 1);
      log.error("JWKS is invalid", { url, status, expected: 'status 200 and {"keys":[…]}' });
      throw new JwksUnusable("JWKS is invalid", retryAfterSeconds);
    }
    if (keySet.rejected.length > 0) log.warn("JWKS keys ignored", { url, rejected: keySet.rejected });
    return keySet;
  }

  function entryOf(url: string): CachedKeys {
    let entry = byUrl.get(url);
    if (entry === undefined) {
      const keySet = refreshing({
        read: () => fetchKeys(url),
        refreshAfterMs: JWKS_REFRESH_AFTER_MS,
        // From this age on, a revoked key must not be used: callers wait for the endpoint.
        freshMs: JWKS_FRESH_MS,
        staleMs: JWKS_STALE_MS,
        retryAfterMs: (failure) => (failure as JwksUnusable).retryAfterMs,
        now,
      });
      entry = { keySet, unknownKidFetchAt: Number.NEGATIVE_INFINITY };
      byUrl.set(url, entry);
    }
    return entry;
  }

  /** Fetches the keys again for an unknown `kid`, at most once per cooldown. */
  async function refreshForUnknownKid(entry: CachedKeys, readsBefore: number): Promise<void> {
    const { keySet } = entry;
    // Keys that were fetched while this request waited count as its refetch.
    if (keySet.reads() !== readsBefore) {
      entry.unknownKidFetchAt = now();
      return;
    }
    if (!keySet.isReading()) {
      if (now() < entry.unknownKidFetchAt + JWKS_UNKNOWN_KID_COOLDOWN_MS) return;
      entry.unknownKidFetchAt = now();
    }
    await keySet.refresh();
  }

  return {
    async lookup(url, kid, algorithm, maxAgeMs) {
      const entry = entryOf(url);
      const readsBefore = entry.keySet.reads();
      const maxAge = Math.max(maxAgeMs, JWKS_MIN_REFRESH_MS);
      try {
        let keys = await entry.keySet.get(maxAge);
        if (!keys.kids.includes(kid)) {
          await refreshForUnknownKid(entry, readsBefore);
          keys = await entry.keySet.get();
        }
        const key = await keys.find(kid, algorithm);
        if (key !== undefined) return { ok: true, key };
        return notFound("key_unknown", `a key of ${url} for the token's kid and alg`, "unknown key");
      } catch (cause) {
        const expected = `a key set from ${url} of the last hour`;
        return notFound("keys_unavailable", expected, "no usable key set", cause);
      }
    },
    async fetch(urls, algorithm) {
      const fetchOne = async (url: string) => {
        const keys = await entryOf(url).keySet.get();
        await keys.find(keys.kids[0] ?? "", algorithm ?? "");
      };
      await Promise.allSettled(urls.map(fetchOne));
    },
  };
}

function notFound(reason: TokenDenialReason, expected: string, actual: string, cause?: unknown): KeyLookup {
  return { ok: false, denial: { reason, expected, actual, ...(cause !== undefined && { cause }) } };
}
