// Caches results of an authorizer by the exact values of its identity sources, as API Gateway does: Allow and Deny, but no
// errors. The key consists only of those values, so the sources have to name everything that the decision depends on.
import type { AuthorizerResult } from "./authorizer-output.ts";

// API Gateway states no limit; a local run must not grow without one.
const MAX_ENTRIES = 10_000;

/** One cache for all authorizers of an API. */
export class AuthorizerCache {
  readonly #entries = new Map<string, { result: AuthorizerResult; expiresAt: number }>();
  readonly #now: () => number;

  /** @param now milliseconds since the epoch */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** A result that has not expired. */
  get(authorizerId: string, values: readonly string[]): AuthorizerResult | undefined {
    const key = cacheKey(authorizerId, values);
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.expiresAt > this.#now()) return entry.result;
    this.#entries.delete(key);
    return undefined;
  }

  /** Caches a result; does nothing if the TTL is 0. */
  set(authorizerId: string, values: readonly string[], result: AuthorizerResult, ttlSeconds: number): void {
    if (ttlSeconds <= 0) return;
    const [oldest] = this.#entries.keys();
    if (this.#entries.size >= MAX_ENTRIES && oldest !== undefined) this.#entries.delete(oldest);
    const expiresAt = this.#now() + ttlSeconds * 1000;
    this.#entries.set(cacheKey(authorizerId, values), { result, expiresAt });
  }

  /** Removes every entry, as "flush stage authorizer cache" does. */
  clear(): void {
    this.#entries.clear();
  }
}

// JSON distinguishes ["a","bc"] from ["ab","c"].
function cacheKey(authorizerId: string, values: readonly string[]): string {
  return JSON.stringify([authorizerId, ...values]);
}
