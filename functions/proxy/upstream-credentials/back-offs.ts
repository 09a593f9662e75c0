// Back-offs for each cached credential: after a 429 of the endpoint that issues it, and after its server has rejected a renewed one.
import QuickLRU from "quick-lru";
import { UPSTREAM_TOKEN_RENEWAL_BACKOFF_MS } from "../../core/limits.ts";
import { limited } from "../../core/upstream/failure.ts";
import { CredentialError } from "./token-fetcher.ts";

/** Keys are those of the token cache; times are in milliseconds since 1970. */
export type BackOffs = {
  /** False for a while after the server has rejected a renewed credential: another one would be fetched for nothing. */
  canRenew(key: string, now: number): boolean;
  /** Starts that time. */
  noRenewal(key: string, now: number): void;
  /**
   * Fetches a credential, unless the time to wait after a 429 has not passed.
   *
   * @throws CredentialError with the remaining time; the error of the fetch
   */
  fetchUnlessLimited<Token>(key: string, now: number, fetchToken: () => Promise<Token>): Promise<Token>;
};

type Period = { from: number; until: number };

const CACHED = 1_000;

/** Opens them, for one execution environment. */
export function createBackOffs(): BackOffs {
  const renewals = new QuickLRU<string, Period>({ maxSize: CACHED });
  const limits = new QuickLRU<string, Period>({ maxSize: CACHED });
  // A clock that was set back ends a back-off.
  const leftMs = (period: Period | undefined, now: number) =>
    period !== undefined && now >= period.from ? period.until - now : 0;

  return {
    canRenew: (key, now) => leftMs(renewals.get(key), now) <= 0,
    noRenewal: (key, now) => {
      renewals.set(key, { from: now, until: now + UPSTREAM_TOKEN_RENEWAL_BACKOFF_MS });
    },
    async fetchUnlessLimited(key, now, fetchToken) {
      const left = leftMs(limits.get(key), now);
      if (left > 0) {
        const errorResponse = limited({ retryAfterSeconds: Math.ceil(left / 1_000) });
        throw new CredentialError({
          errorResponse,
          cause: "no request was sent: the time to wait after a 429 has not passed",
        });
      }
      try {
        return await fetchToken();
      } catch (error) {
        const retryAfter = error instanceof CredentialError && error.errorResponse.headers?.["retry-after"];
        if (retryAfter) limits.set(key, { from: now, until: now + Number(retryAfter) * 1_000 });
        throw error;
      }
    },
  };
}
