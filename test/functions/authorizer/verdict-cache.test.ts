import { describe, expect, it } from "vitest";
import { createVerdictCache } from "../../../functions/authorizer/verdict-cache.ts";
import type { PrincipalContext } from "../../../functions/core/principal.ts";
import { effectiveServerWith } from "../../support/effective-servers.ts";
import { tokenRules } from "../../support/rules.ts";

const CONTEXT = { sub: "U2alice" } as PrincipalContext;
const TOOLS = effectiveServerWith({ name: "tools", tokenRules: tokenRules() });
const SCOPE = { server: TOOLS, keyVersion: "keys-1" };

describe("the memory of verdicts", () => {
  it("gives a verdict until its end", () => {
    const cache = createVerdictCache();
    cache.slot("token", SCOPE).remember(CONTEXT, 1_000);
    expect(cache.slot("token", SCOPE).recall(999.9)).toBe(CONTEXT);
    expect(cache.slot("token", SCOPE).recall(999.9)).toBe(CONTEXT);
    expect(cache.slot("token", SCOPE).recall(1_000)).toBeUndefined();
    expect(cache.slot("token", SCOPE).recall(999)).toBeUndefined();
  });

  it.each([
    ["another token (defect 2 of the reference gateway)", "token2", SCOPE],
    ["a token that begins alike", "tokentoken", SCOPE],
    ["another server (defect 1)", "token", { ...SCOPE, server: { ...TOOLS, name: "mail" } }],
    [
      "other rules (defect 1)",
      "token",
      { ...SCOPE, server: { ...TOOLS, tokenRules: tokenRules({ hash: "others" }) } },
    ],
    ["other keys", "token", { ...SCOPE, keyVersion: "keys-2" }],
  ])("gives nothing for %s", (_, token, scope) => {
    const cache = createVerdictCache();
    cache.slot("token", SCOPE).remember(CONTEXT, 1_000);
    expect(cache.slot(token, scope).recall(0)).toBeUndefined();
    expect(cache.slot("token", SCOPE).recall(0)).toBe(CONTEXT);
  });

  it("gives nothing once the server was configured anew, for a context holds what its configuration asks for", () => {
    const cache = createVerdictCache();
    cache.slot("token", SCOPE).remember(CONTEXT, 1_000);
    expect(cache.slot("token", { ...SCOPE, server: { ...TOOLS } }).recall(0)).toBeUndefined();
  });

  it("holds the 2500 verdicts that were used last, and at most twice as many", () => {
    const cache = createVerdictCache();
    const recall = (index: number) => cache.slot(`token-${index}`, SCOPE).recall(0);
    for (let index = 0; index < 10_000; index += 1) {
      cache.slot(`token-${index}`, SCOPE).remember(CONTEXT, 1_000);
      expect(recall(0)).toBe(CONTEXT);
    }
    for (let index = 9_999; index > 7_501; index -= 1) expect(recall(index)).toBe(CONTEXT);
    for (let index = 1; index < 5_000; index += 1) expect(recall(index)).toBeUndefined();
  });
});
