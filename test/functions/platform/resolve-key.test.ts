import { beforeAll, describe, expect, it } from "vitest";
import type { TokenRules } from "../../../functions/core/config/token-rules.ts";
import type { KeyLookup } from "../../../functions/core/verify-token.ts";
import type { JwksCache } from "../../../functions/platform/jwks.ts";
import { createKeyResolver, fetchGatewayKeys } from "../../../functions/platform/resolve-key.ts";
import { configSnapshot, JWT_VALIDATION } from "../../support/gateway-config.ts";
import { tokenRules } from "../../support/rules.ts";
import { makeKey, type TestKey } from "../../support/tokens.ts";

let key: TestKey;
beforeAll(async () => {
  key = await makeKey("RS256", "key-1");
});

const FOUND: KeyLookup = { ok: true, key: new Uint8Array(1) };
const failed = (reason: "key_unknown" | "keys_unavailable"): KeyLookup => ({
  ok: false,
  denial: { reason, expected: "a key", actual: "none" },
});
const [UNKNOWN, UNAVAILABLE] = [failed("key_unknown"), failed("keys_unavailable")];

/** A resolver with the given responses of JWKS URLs, and the requested URLs. */
function resolverOver(responses: Record<string, KeyLookup>) {
  const asked: unknown[] = [];
  const jwks: JwksCache = {
    async lookup(...args) {
      asked.push(args);
      return responses[args[0]] as KeyLookup;
    },
    async fetch(urls) {
      asked.push(...urls);
    },
  };
  return { find: createKeyResolver(jwks), asked, jwks };
}

const inlineRules = ({ publicJwk }: TestKey) => {
  const { jwksUri: _, ...rest } = JWT_VALIDATION;
  const jwt_validation = { ...rest, jwks: { keys: [publicJwk] } };
  return configSnapshot({ gateway: { jwt_validation } }).gatewayRules as TokenRules;
};
const overUrls = (...urls: string[]) =>
  tokenRules({ keySource: { type: "jwks_uri", urls }, cacheMaxAgeSeconds: 60 });

describe("find", () => {
  it("fetches only the URLs of the rules", async () => {
    const { find, asked } = resolverOver({ "https://a": FOUND, "https://b": FOUND });
    expect(await find("key-1", "RS256", overUrls("https://a"))).toBe(FOUND);
    expect(asked).toEqual([["https://a", "key-1", "RS256", 60_000]]);
  });

  it.each([
    ["found at the second", [UNKNOWN, FOUND], FOUND],
    ["found at the second though the first is down", [UNAVAILABLE, FOUND], FOUND],
    ["unknown to both", [UNKNOWN, UNKNOWN], UNKNOWN],
    ["unknown to one, while the other is down", [UNKNOWN, UNAVAILABLE], UNAVAILABLE],
    ["unknown to one, while the first is down", [UNAVAILABLE, UNKNOWN], UNAVAILABLE],
  ])("with two URLs: a key %s", async (_, [first, second], expected) => {
    const { find } = resolverOver({ "https://a": first as KeyLookup, "https://b": second as KeyLookup });
    expect(await find("key-1", "RS256", overUrls("https://a", "https://b"))).toBe(expected);
  });

  it("finds inline keys without a fetch", async () => {
    const { find, asked } = resolverOver({});
    const rules = inlineRules(key);
    const found = await find("key-1", "RS256", rules);
    expect(found).toMatchObject({ ok: true, key: { type: "public" } });
    expect(await find("key-1", "RS256", rules)).toEqual(found);
    expect(await find("other", "RS256", rules)).toMatchObject({ denial: { reason: "key_unknown" } });
    expect(await find("key-1", "RS512", rules)).toMatchObject({ denial: { reason: "key_unknown" } });
    expect(asked).toEqual([]);
  });

  it("separates the inline keys of different rules (defect 4 of the reference gateway)", async () => {
    const { find } = resolverOver({});
    const other = await makeKey("RS256", "key-1");
    const [first, second] = [
      await find("key-1", "RS256", inlineRules(key)),
      await find("key-1", "RS256", inlineRules(other)),
    ];
    expect(first.ok && second.ok && first.key !== second.key).toBe(true);
  });

  it("returns no key for rules with an introspection endpoint", async () => {
    const { find } = resolverOver({});
    const keySource = {
      type: "introspection",
      endpoint: "https://a",
      contentType: "application/json",
      cacheMaxAgeSeconds: 0,
    } as const;
    expect(await find("key-1", "RS256", tokenRules({ keySource }))).toMatchObject({
      denial: { reason: "keys_unavailable" },
    });
  });
});

describe("fetchGatewayKeys", () => {
  it("fetches the keys of the gateway-level block, not those of a server's own", async () => {
    const { jwks, asked } = resolverOver({});
    const own = { ...JWT_VALIDATION, jwksUri: "https://other.example.com/keys" };
    const config = configSnapshot({ servers: { tools: { jwt_validation: own } } });
    await fetchGatewayKeys(jwks, config);
    expect(asked).toEqual([JWT_VALIDATION.jwksUri]);
  });

  it("fetches nothing for inline keys", async () => {
    const { jwks, asked } = resolverOver({});
    const { jwksUri: _, ...rest } = JWT_VALIDATION;
    const jwt_validation = { ...rest, jwks: { keys: [key.publicJwk] } };
    await fetchGatewayKeys(jwks, configSnapshot({ gateway: { jwt_validation } }));
    expect(asked).toEqual([]);
  });
});
