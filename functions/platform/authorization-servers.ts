// Caches the metadata of authorization servers: fetched from the issuer on first use, refreshed by age, and served stale for a
// bounded time while the issuer is unavailable.
import { authorizationServerFault, authorizationServerMetadataUrls } from "../core/authorization-server.ts";
import { AS_METADATA } from "../core/limits.ts";
import { fetchJson } from "./http-fetch.ts";
import type { Log } from "./log.ts";
import { type Refreshing, refreshing } from "./refreshing.ts";

/** Looks up metadata by issuer. */
export type AuthorizationServers = {
  /**
   * @param issuer an issuer of the configuration
   * @returns undefined if no valid document is available
   */
  metadata(issuer: string): Promise<object | undefined>;
};

/** Opens an empty cache. `fetcher` and `now` are replaced in tests. */
export function createAuthorizationServers(
  log: Log,
  now: () => number = Date.now,
  fetcher = fetchJson,
): AuthorizationServers {
  const byIssuer = new Map<string, Refreshing<object>>();

  async function read(issuer: string): Promise<object> {
    const { timeoutMs, maxBytes } = AS_METADATA;
    for (const url of authorizationServerMetadataUrls(issuer)) {
      try {
        const { status, json } = await fetcher(url, { timeoutMs, maxBytes });
        const fault = status === 200 ? authorizationServerFault(json, issuer) : `status ${status}`;
        if (fault === undefined) return json as object;
        log.warn("authorization server metadata is invalid", { url, fault });
      } catch (cause) {
        log.warn("authorization server metadata could not be fetched", { url, cause: String(cause) });
      }
    }
    throw new Error(`no valid metadata of ${issuer}`);
  }

  function entryOf(issuer: string): Refreshing<object> {
    let entry = byIssuer.get(issuer);
    if (entry === undefined) {
      entry = refreshing({
        read: () => read(issuer),
        refreshAfterMs: AS_METADATA.freshMs,
        staleMs: AS_METADATA.staleMs,
        retryAfterMs: () => AS_METADATA.retryAfterMs,
        now,
      });
      byIssuer.set(issuer, entry);
    }
    return entry;
  }

  return {
    // `read` has logged each failed fetch.
    metadata: (issuer) =>
      entryOf(issuer)
        .get()
        .catch(() => undefined),
  };
}
