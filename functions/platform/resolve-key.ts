// Finds a token's verification key in the key source of the rules, and nowhere else.
import type { KeySource, TokenRules } from "../core/config/token-rules.ts";
import { type KeySet, readKeySet } from "../core/jwk-set.ts";
import type { KeyLookup, ResolveKey } from "../core/verify-token.ts";
import type { JwksCache } from "./jwks.ts";

/** Key lookup by rules. */
export type KeyResolver = {
  find: ResolveKey;
  /** Which keys the rules have now; undefined where that is not known, so that nothing may be remembered by it. */
  version(rules: TokenRules): Promise<string | undefined>;
};

/**
 * Makes the key lookup of the authorizer.
 *
 * @param jwks the cache of JWKS documents
 */
export function createKeyResolver(jwks: JwksCache): KeyResolver {
  const inlineSets = new WeakMap<KeySource, KeySet>();

  async function fromInline(
    source: KeySource & { type: "jwks" },
    kid: string,
    alg: string,
  ): Promise<KeyLookup> {
    let keySet = inlineSets.get(source);
    if (keySet === undefined) {
      keySet = readKeySet(source) as KeySet;
      inlineSets.set(source, keySet);
    }
    const key = await keySet.find(kid, alg);
    if (key !== undefined) return { ok: true, key };
    return { ok: false, fault: { reason: "key_unknown", expected: "a key of the inline jwks", got: "none" } };
  }

  const find: ResolveKey = async (kid, algorithm, rules) => {
    const source = rules.keySource;
    switch (source.type) {
      case "jwks":
        return fromInline(source, kid, algorithm);
      case "jwks_uri": {
        const maxAgeMs = rules.cacheMaxAgeSeconds * 1_000;
        let failed: KeyLookup | undefined;
        for (const url of source.urls) {
          const found = await jwks.lookup(url, kid, algorithm, maxAgeMs);
          if (found.ok) return found;
          // "Unavailable" outweighs "unknown": the key may be at the endpoint that did not answer.
          if (failed === undefined || (!found.ok && found.fault.reason === "keys_unavailable"))
            failed = found;
        }
        return failed as KeyLookup;
      }
      case "introspection":
        return {
          ok: false,
          fault: { reason: "keys_unavailable", expected: "a key source with keys", got: "introspection" },
        };
    }
  };

  async function version({ keySource, cacheMaxAgeSeconds }: TokenRules): Promise<string | undefined> {
    switch (keySource.type) {
      case "jwks":
        // Inline keys are part of the rules, and so of their hash.
        return "inline";
      case "jwks_uri": {
        let versions = "";
        for (const url of keySource.urls) {
          const found = await jwks.version(url, cacheMaxAgeSeconds * 1_000);
          if (found === undefined) return undefined;
          versions += versions === "" ? found : ` ${found}`;
        }
        return versions;
      }
      case "introspection":
        return undefined;
    }
  }

  return { find, version };
}
