// Finds a token's verification key in the key source of the rules, and nowhere else.
import type { ConfigSnapshot } from "../core/config-snapshot.ts";
import type { KeyLookup, ResolveKey } from "../core/verify-token.ts";
import type { JwksCache } from "./jwks.ts";

/** Creates the lookup of verification keys. The URLs of a block are asked in their order. */
export function createKeyResolver(jwks: JwksCache): ResolveKey {
  return async (kid, algorithm, { keySource, cacheMaxAgeSeconds }) => {
    switch (keySource.type) {
      case "jwks": {
        const key = await keySource.keySet.find(kid, algorithm);
        return key === undefined ? notFound("key_unknown", "a key of the inline jwks") : { ok: true, key };
      }
      case "jwks_uri":
        return findAmong(keySource.urls, (url) =>
          jwks.lookup(url, kid, algorithm, cacheMaxAgeSeconds * 1_000),
        );
      case "introspection":
        return notFound("keys_unavailable", "jwks or jwks_uri as the key source");
    }
  };
}

/** Fetches the keys of the gateway-level rules, which most servers share, before a token needs them. Never rejects. */
export async function fetchGatewayKeys(jwks: JwksCache, { gatewayRules }: ConfigSnapshot): Promise<void> {
  if (gatewayRules?.keySource.type !== "jwks_uri") return;
  await jwks.fetch(gatewayRules.keySource.urls, gatewayRules.algorithms[0]);
}

async function findAmong(
  urls: readonly string[],
  lookup: (url: string) => Promise<KeyLookup>,
): Promise<KeyLookup> {
  let failed: KeyLookup | undefined;
  for (const url of urls) {
    const found = await lookup(url);
    if (found.ok) return found;
    // "Unavailable" takes precedence over "unknown": the key may be at the unavailable endpoint.
    if (failed === undefined || found.denial.reason === "keys_unavailable") failed = found;
  }
  return failed as KeyLookup;
}

function notFound(reason: "key_unknown" | "keys_unavailable", expected: string): KeyLookup {
  return { ok: false, denial: { reason, expected, actual: "unknown key" } };
}
