import { describe, expect, it } from "vitest";
import { createVerdictCache } from "../../../functions/authorizer/verdict-cache.ts";
import { tokenRules } from "../../support/rules.ts";

const CLAIMS = { sub: "U2alice" };
const SCOPE = { server: "tools", rules: tokenRules(), keyVersion: "keys-1" };

describe("the memory of verdicts", () => {
  it("gives a verdict until its end", () => {
    const cache = createVerdictCache();
    cache.put("token", SCOPE, CLAIMS, 1_000);
    expect(cache.get("token", SCOPE, 999.9)).toBe(CLAIMS);
    expect(cache.get("token", SCOPE, 999.9)).toBe(CLAIMS);
    expect(cache.get("token", SCOPE, 1_000)).toBeUndefined();
    expect(cache.get("token", SCOPE, 999)).toBeUndefined();
  });

  it.each([
    ["another token (defect 2 of the reference gateway)", "token2", SCOPE],
    ["a token that begins alike", "tokentoken", SCOPE],
    ["another server (defect 1)", "token", { ...SCOPE, server: "mail" }],
    ["other rules (defect 1)", "token", { ...SCOPE, rules: tokenRules({ hash: "others" }) }],
    ["other keys", "token", { ...SCOPE, keyVersion: "keys-2" }],
  ])("gives nothing for %s", (_, token, scope) => {
    const cache = createVerdictCache();
    cache.put("token", SCOPE, CLAIMS, 1_000);
    expect(cache.get(token, scope, 0)).toBeUndefined();
    expect(cache.get("token", SCOPE, 0)).toBe(CLAIMS);
  });

  it("holds 5000 verdicts and forgets the one that was not used for longest", () => {
    const cache = createVerdictCache();
    for (let index = 0; index < 5_000; index += 1) cache.put(`token-${index}`, SCOPE, CLAIMS, 1_000);
    expect(cache.get("token-0", SCOPE, 0)).toBe(CLAIMS);
    cache.put("one-more", SCOPE, CLAIMS, 1_000);
    expect(cache.get("token-0", SCOPE, 0)).toBe(CLAIMS);
    expect(cache.get("token-1", SCOPE, 0)).toBeUndefined();
    expect(cache.get("token-2", SCOPE, 0)).toBe(CLAIMS);
  });
});
