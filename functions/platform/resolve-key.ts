// Finds a token's verification key in the key source of the rules, and nowhere else.
import { type Awaitable, whenThere } from "../core/awaitable.ts";
import type { KeySource, TokenRules } from "../core/config/token-rules.ts";
import { type KeySet, readKeySet } from "../core/jwk-set.ts";
import { onceForEach } from "../core/once-for-each.ts";
import type { KeyLookup, ResolveKey } from "../core/verify-token.ts";
import type { JwksCache } from "./jwks.ts";

type InlineSource = KeySource & { type: "jwks" };

/** Key lookup by rules. */
export type KeyResolver = {
  find: ResolveKey;
  /** Which keys the rules have now; undefined where that is not known, so that nothing may be remembered by it. */
  version(rules: TokenRules): Awaitable<string | undefined>;
};

/**
 * Makes the key lookup of the authorizer.
 *
 * @param jwks the cache of JWKS documents
 */
export function createKeyResolver(jwks: JwksCache): KeyResolver {
  const inlineKeys = onceForEach((source: InlineSource) => readKeySet(source) as KeySet);

  function findInline(source: InlineSource, kid: string, alg: string): Awaitable<KeyLookup> {
    return whenThere(inlineKeys(source).find(kid, alg), (key) =>
      key === undefined
        ? { ok: false, fault: { reason: "key_unknown", expected: "a key of the inline jwks", got: "none" } }
        : { ok: true, key },
    );
  }

  async function findAmong(
    urls: readonly string[],
    lookup: (url: string) => Awaitable<KeyLookup>,
  ): Promise<KeyLookup> {
    let failed: KeyLookup | undefined;
    for (const url of urls) {
      const found = await lookup(url);
      if (found.ok) return found;
      // "Unavailable" outweighs "unknown": the key may be at the endpoint that did not answer.
      if (failed === undefined || found.fault.reason === "keys_unavailable") failed = found;
    }
    return failed as KeyLookup;
  }

  const find: ResolveKey = (kid, algorithm, { keySource, cacheMaxAgeSeconds }) => {
    switch (keySource.type) {
      case "jwks":
        return findInline(keySource, kid, algorithm);
      case "jwks_uri": {
        const { urls } = keySource;
        const lookup = (url: string) => jwks.lookup(url, kid, algorithm, cacheMaxAgeSeconds * 1_000);
        return urls.length === 1 ? lookup(urls[0] as string) : findAmong(urls, lookup);
      }
      case "introspection":
        return {
          ok: false,
          fault: { reason: "keys_unavailable", expected: "a key source with keys", got: "introspection" },
        };
    }
  };

  function version({ keySource, cacheMaxAgeSeconds }: TokenRules): Awaitable<string | undefined> {
    switch (keySource.type) {
      case "jwks":
        // Inline keys are part of the rules, and so of their hash.
        return "inline";
      case "jwks_uri": {
        const { urls } = keySource;
        const versionOf = (url: string) => jwks.version(url, cacheMaxAgeSeconds * 1_000);
        return urls.length === 1 ? versionOf(urls[0] as string) : joined(urls, versionOf);
      }
      case "introspection":
        return undefined;
    }
  }

  return { find, version };
}

async function joined(
  urls: readonly string[],
  versionOf: (url: string) => Awaitable<string | undefined>,
): Promise<string | undefined> {
  const versions: string[] = [];
  for (const url of urls) {
    const found = await versionOf(url);
    if (found === undefined) return undefined;
    versions.push(found);
  }
  return versions.join(" ");
}
