// Keeps the metadata of authorization servers: fetched from the issuer when somebody asks, refreshed by age, and served for a
// bounded time while the issuer does not answer.
import { authorizationServerFault, authorizationServerMetadataUrls } from "../core/authorization-server.ts";
import { AS_METADATA } from "../core/limits.ts";
import { fetchJson } from "./http-fetch.ts";
import type { Log } from "./log.ts";

/** Looks metadata up by issuer. */
export type AuthorizationServers = {
  /**
   * @param issuer an issuer of the configuration
   * @returns undefined while there is no usable document
   */
  metadata(issuer: string): Promise<object | undefined>;
};

type Entry = {
  document: object | undefined;
  fetchedAt: number;
  retryAt: number;
  fetching?: Promise<void> | undefined;
};

/** Opens an empty cache. `fetcher` and `now` are replaced in tests. */
export function createAuthorizationServers(
  log: Log,
  now: () => number = Date.now,
  fetcher = fetchJson,
): AuthorizationServers {
  const byIssuer = new Map<string, Entry>();

  async function read(issuer: string): Promise<object | undefined> {
    const { timeoutMs, maxBytes } = AS_METADATA;
    for (const url of authorizationServerMetadataUrls(issuer)) {
      try {
        const { status, json } = await fetcher(url, { timeoutMs, maxBytes });
        const fault = status === 200 ? authorizationServerFault(json, issuer) : `status ${status}`;
        if (fault === undefined) return json as object;
        log.warn("authorization server metadata not usable", { url, fault });
      } catch (cause) {
        log.warn("authorization server metadata could not be fetched", { url, cause: String(cause) });
      }
    }
    return undefined;
  }

  async function refresh(issuer: string, entry: Entry): Promise<void> {
    const document = await read(issuer);
    if (document === undefined) {
      entry.retryAt = now() + AS_METADATA.retryAfterMs;
      return;
    }
    entry.document = document;
    entry.fetchedAt = now();
  }

  return {
    async metadata(issuer) {
      const never = Number.NEGATIVE_INFINITY;
      const entry = byIssuer.get(issuer) ?? { document: undefined, fetchedAt: never, retryAt: never };
      byIssuer.set(issuer, entry);
      if (now() - entry.fetchedAt >= AS_METADATA.freshMs && now() >= entry.retryAt) {
        entry.fetching ??= refresh(issuer, entry).finally(() => {
          entry.fetching = undefined;
        });
        await entry.fetching;
      }
      return now() - entry.fetchedAt < AS_METADATA.staleMs ? entry.document : undefined;
    },
  };
}
