// Tokens for MCP servers, in memory only: one fetch per key at a time, and none used again after its end. A key must hold everything that
// a token depends on.
import QuickLRU from "quick-lru";

/** A token with the time until which it may be used again, in milliseconds since 1970. */
export type ReusableToken = { value: string; reusableUntil: number };

/** Access to the tokens. */
export type TokenCache = {
  /**
   * The token of a key, from the cache, a fetch that is running, or a new one.
   *
   * @param key everything that the token depends on
   * @param now milliseconds since 1970
   * @param fetchToken fetches it
   * @throws whatever the fetch throws, for all who wait for it; the next call fetches again
   */
  get(key: string, now: number, fetchToken: () => Promise<ReusableToken>): Promise<string>;
  /** Forgets a token that its server has refused. One that was fetched meanwhile stays. */
  drop(key: string, value: string): void;
};

type Entry = ReusableToken & { fetchedAt: number };

const CLOCK_STEP_MS = 30_000;
// The entries used most recently are kept, at most twice as many. With tokens of at most 8 KiB, that is 16 MiB.
const CACHED = 1_000;

/** Opens an empty cache. */
export function createTokenCache(): TokenCache {
  const entries = new QuickLRU<string, Entry>({ maxSize: CACHED });
  const flights = new Map<string, Promise<string>>();

  return {
    async get(key, now, fetchToken) {
      const entry = entries.get(key);
      // A clock that was set back must not make an old token young. Requests that began together differ by less.
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
