// Results of an authorizer by the exact values of its identity sources. Allow and Deny are kept alike; an error never
// gets here. Nothing but those values is part of the key, which is why the sources have to name all that matters.
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

  /** A result that is still valid. */
  get(authorizerId: string, values: readonly string[]): AuthorizerResult | undefined {
    const key = cacheKey(authorizerId, values);
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.expiresAt > this.#now()) return entry.result;
    this.#entries.delete(key);
    return undefined;
  }

  /** Keeps a result; with a lifetime of 0 it does nothing. */
  set(authorizerId: string, values: readonly string[], result: AuthorizerResult, ttlSeconds: number): void {
    if (ttlSeconds <= 0) return;
    const [oldest] = this.#entries.keys();
    if (this.#entries.size >= MAX_ENTRIES && oldest !== undefined) this.#entries.delete(oldest);
    const expiresAt = this.#now() + ttlSeconds * 1000;
    this.#entries.set(cacheKey(authorizerId, values), { result, expiresAt });
  }

  /** Forgets everything, as "flush stage authorizer cache" does. */
  clear(): void {
    this.#entries.clear();
  }
}

// JSON keeps ["a","bc"] and ["ab","c"] apart.
function cacheKey(authorizerId: string, values: readonly string[]): string {
  return JSON.stringify([authorizerId, ...values]);
}
