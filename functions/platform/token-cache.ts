// In-memory cache of tokens for MCP servers: one fetch per key at a time. A key must contain everything that a token depends on.
import QuickLRU from "quick-lru";

/** A token, and the time until which it may be reused, in milliseconds since 1970. */
export type ReusableToken = { value: string; reusableUntil: number };

export type TokenCache = {
  /**
   * The token of a key, from the cache, a pending fetch or a new one.
   *
   * @param key everything that the token depends on
   * @param now milliseconds since 1970
   * @throws the error of the fetch, for all waiting callers; the next call fetches again
   */
  get(key: string, now: number, fetchToken: () => Promise<ReusableToken>): Promise<string>;
  /** Evicts a token that its server has rejected, but not one that was fetched meanwhile. */
  drop(key: string, value: string): void;
};

type Entry = ReusableToken & { fetchedAt: number };

const CLOCK_STEP_MS = 30_000;
// quick-lru may keep twice as many entries: with tokens of at most 8 KiB, 16 MiB.
const CACHED = 1_000;

/** Opens an empty cache, for one execution environment. */
export function createTokenCache(): TokenCache {
  const entries = new QuickLRU<string, Entry>({ maxSize: CACHED });
  const flights = new Map<string, Promise<string>>();

  return {
    async get(key, now, fetchToken) {
      const entry = entries.get(key);
      // A clock that was set back must not extend the lifetime. The clocks of parallel requests differ by less than this step.
      const isKnown = entry !== undefined && entry.fetchedAt - now < CLOCK_STEP_MS;
      if (isKnown && now < entry.reusableUntil) return entry.value;
      let flight = flights.get(key);
      if (flight === undefined) {
        flight = fetchToken()
          .then((token) => {
            if (token.reusableUntil > now) entries.set(key, { ...token, fetchedAt: now });
            else entries.delete(key);
            return token.value;
          })
          .finally(() => flights.delete(key));
        flights.set(key, flight);
      }
      return flight;
    },
    drop(key, value) {
      if (entries.get(key)?.value === value) entries.delete(key);
    },
  };
}
