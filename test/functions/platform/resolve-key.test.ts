import { beforeAll, describe, expect, it } from "vitest";
import type { KeyLookup } from "../../../functions/core/verify-token.ts";
import type { JwksCache } from "../../../functions/platform/jwks.ts";
import { createKeyResolver } from "../../../functions/platform/resolve-key.ts";
import { tokenRules } from "../../support/rules.ts";
import { makeKey, type TestKey } from "../../support/tokens.ts";

let key: TestKey;
beforeAll(async () => {
  key = await makeKey("RS256", "key-1");
});

const FOUND: KeyLookup = { ok: true, key: new Uint8Array(1) };
const failed = (reason: "key_unknown" | "keys_unavailable"): KeyLookup => ({
  ok: false,
  fault: { reason, expected: "a key", got: "none" },
});
const [UNKNOWN, UNAVAILABLE] = [failed("key_unknown"), failed("keys_unavailable")];

/** A resolver over JWKS URLs that answer as given, with what was asked. */
function resolverOver(answers: Record<string, KeyLookup>, versions: Record<string, string> = {}) {
  const asked: unknown[] = [];
  const jwks: JwksCache = {
    async lookup(...args) {
      asked.push(args);
      return answers[args[0]] as KeyLookup;
    },
    async version(url) {
      return versions[url];
    },
  };
  return { ...createKeyResolver(jwks), asked };
}

const overUrls = (...urls: string[]) =>
  tokenRules({ keySource: { type: "jwks_uri", urls }, cacheMaxAgeSeconds: 60 });

describe("find", () => {
  it("asks the URLs of the rules and no other", async () => {
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
  ])("of two URLs: a key %s", async (_, [first, second], expected) => {
    const { find } = resolverOver({ "https://a": first as KeyLookup, "https://b": second as KeyLookup });
    expect(await find("key-1", "RS256", overUrls("https://a", "https://b"))).toBe(expected);
  });

  it("finds inline keys without asking anybody", async () => {
    const { find, asked } = resolverOver({});
    const rules = tokenRules({ keySource: { type: "jwks", keys: [key.publicJwk] } });
    const found = await find("key-1", "RS256", rules);
    expect(found).toMatchObject({ ok: true, key: { type: "public" } });
    expect(await find("key-1", "RS256", rules)).toEqual(found);
    expect(await find("other", "RS256", rules)).toMatchObject({ fault: { reason: "key_unknown" } });
    expect(await find("key-1", "RS512", rules)).toMatchObject({ fault: { reason: "key_unknown" } });
    expect(asked).toEqual([]);
  });

  it("keeps the inline keys of different rules apart (defect 4 of the reference gateway)", async () => {
    const { find } = resolverOver({});
    const other = await makeKey("RS256", "key-1");
    const rulesOf = ({ publicJwk }: TestKey) =>
      tokenRules({ keySource: { type: "jwks", keys: [publicJwk] } });
    const [first, second] = [
      await find("key-1", "RS256", rulesOf(key)),
      await find("key-1", "RS256", rulesOf(other)),
    ];
    expect(first.ok && second.ok && first.key !== second.key).toBe(true);
  });

  it("has no key for rules that ask an introspection endpoint", async () => {
    const { find } = resolverOver({});
    const keySource = {
      type: "introspection",
      endpoint: "https://a",
      contentType: "application/json",
      cacheMaxAgeSeconds: 0,
    } as const;
    expect(await find("key-1", "RS256", tokenRules({ keySource }))).toMatchObject({
      fault: { reason: "keys_unavailable" },
    });
  });
});

describe("version", () => {
  it.each<[string, Parameters<typeof tokenRules>[0], string | undefined]>([
    ["inline keys, which are part of the rules", { keySource: { type: "jwks", keys: [] } }, "inline"],
    ["all URLs together", { keySource: { type: "jwks_uri", urls: ["https://a", "https://b"] } }, "v1 v2"],
    [
      "a URL whose keys are not known",
      { keySource: { type: "jwks_uri", urls: ["https://a", "https://c"] } },
      undefined,
    ],
    [
      "an introspection endpoint, which has no keys",
      {
        keySource: {
          type: "introspection",
          endpoint: "https://a",
          contentType: "application/json",
          cacheMaxAgeSeconds: 0,
        },
      },
      undefined,
    ],
  ])("of %s", async (_, overrides, expected) => {
    const { version } = resolverOver({}, { "https://a": "v1", "https://b": "v2" });
    expect(await version(tokenRules(overrides))).toBe(expected);
  });
});
