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
    expect(cache.slot("token", SCOPE).recall(0)).toBeUndefined();
  });

  it("holds 5000 verdicts and forgets the one that was not used for longest", () => {
    const cache = createVerdictCache();
    const recall = (token: string) => cache.slot(token, SCOPE).recall(0);
    for (let index = 0; index < 5_000; index += 1)
      cache.slot(`token-${index}`, SCOPE).remember(CONTEXT, 1_000);
    expect(recall("token-0")).toBe(CONTEXT);
    cache.slot("one-more", SCOPE).remember(CONTEXT, 1_000);
    expect(recall("token-0")).toBe(CONTEXT);
    expect(recall("token-1")).toBeUndefined();
    expect(recall("token-2")).toBe(CONTEXT);
  });
});
