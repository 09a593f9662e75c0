import { describe, expect, it } from "vitest";
import { createTokenCache } from "../../../functions/platform/token-cache.ts";

const NOW = 1_794_744_000_000;

/** Fetches `token-1`, `token-2` and so on, each reusable for so many milliseconds. */
function source(reusableMs: number) {
  let fetches = 0;
  return async () => {
    fetches += 1;
    return { value: `token-${fetches}`, reusableUntil: NOW + reusableMs };
  };
}

describe("the token cache", () => {
  it("returns a token until its reuse time ends, then the next one", async () => {
    const cache = createTokenCache();
    const fetchToken = source(1_000);
    const at = (ms: number) => cache.get("key", NOW + ms, fetchToken);
    expect([await at(0), await at(999), await at(1_000)]).toEqual(["token-1", "token-1", "token-2"]);
  });

  it("does not cache a token that must not be reused", async () => {
    const cache = createTokenCache();
    const fetchToken = source(0);
    expect([await cache.get("key", NOW, fetchToken), await cache.get("key", NOW, fetchToken)]).toEqual([
      "token-1",
      "token-2",
    ]);
  });

  it("separates keys, and fetches once for concurrent requests", async () => {
    const cache = createTokenCache();
    const fetchToken = source(1_000);
    const asked = ["a", "a", "b", "a", "b"].map((key) => cache.get(key, NOW, fetchToken));
    expect(await Promise.all(asked)).toEqual(["token-1", "token-1", "token-2", "token-1", "token-2"]);
  });

  it("serves requests that started slightly earlier, and none after the clock was set back", async () => {
    const cache = createTokenCache();
    const fetchToken = source(100_000);
    const at = (ms: number) => cache.get("key", NOW + ms, fetchToken);
    expect([await at(0), await at(-3_000), await at(-30_000)]).toEqual(["token-1", "token-1", "token-2"]);
  });

  it("evicts a rejected token, but not a newer one that was fetched meanwhile", async () => {
    const cache = createTokenCache();
    const fetchToken = source(1_000);
    const first = await cache.get("key", NOW, fetchToken);
    cache.drop("key", first);
    expect(await cache.get("key", NOW, fetchToken)).toBe("token-2");
    cache.drop("key", first);
    expect(await cache.get("key", NOW, fetchToken)).toBe("token-2");
  });

  it("does not cache failures", async () => {
    const cache = createTokenCache();
    const failing = () => Promise.reject(new Error("unreachable"));
    await expect(cache.get("key", NOW, failing)).rejects.toThrow("unreachable");
    expect(await cache.get("key", NOW, source(1_000))).toBe("token-1");
  });

  it("is bounded: the most recently used keys are kept", async () => {
    const cache = createTokenCache();
    const fetchToken = source(1_000);
    for (let at = 0; at < 5_000; at++) await cache.get(`key-${at}`, NOW, fetchToken);
    expect(await cache.get("key-4999", NOW, fetchToken)).toBe("token-5000");
    expect(await cache.get("key-0", NOW, fetchToken)).toBe("token-5001");
  });
});
