// The cache of verdicts, by property: what was remembered is found under exactly the same token, rules, keys and server, and under no
// others, however alike they are.
import fc from "fast-check";
import { expect, it } from "vitest";
import { createVerdictCache, type VerdictScope } from "../../../functions/authorizer/verdict-cache.ts";
import type { EffectiveServer } from "../../../functions/core/config/effective-server.ts";
import type { PrincipalContext } from "../../../functions/core/principal.ts";
import { effectiveServerWith } from "../../support/effective-servers.ts";
import { tokenRules } from "../../support/rules.ts";

// Few letters, so that equal and nearly equal values are common.
const word = fc.stringMatching(/^[ab]{0,3}$/);
const token = fc.tuple(word, word, word).map((parts) => parts.join("."));
const hash = fc.stringMatching(/^[ab]{1,3}$/);
const keyVersion = fc.array(hash, { minLength: 1, maxLength: 3 }).map((versions) => versions.join(" "));
const server = fc.stringMatching(/^[ab-]{0,3}$/);
const entry = fc.record({ token, hash, keyVersion, server });

type Entry = { token: string; hash: string; keyVersion: string; server: string };
// The same server is the same object, as within one configuration.
const servers = new Map<string, EffectiveServer>();
function scopeOf({ hash, keyVersion, server: name }: Entry): VerdictScope {
  const key = JSON.stringify([name, hash]);
  const server = servers.get(key) ?? effectiveServerWith({ name, tokenRules: tokenRules({ hash }) });
  servers.set(key, server);
  return { server, keyVersion };
}

it("finds a verdict under the very same token, rules, keys and server alone", () => {
  fc.assert(
    fc.property(entry, entry, (put, asked) => {
      const cache = createVerdictCache();
      cache.slot(put.token, scopeOf(put)).remember(contextOf("U2alice"), 1_000);
      const found = cache.slot(asked.token, scopeOf(asked)).recall(0);
      expect(found !== undefined).toBe(JSON.stringify(put) === JSON.stringify(asked));
    }),
    { numRuns: 5_000 },
  );
});

it("never gives one entry's context for another's", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(entry, { selector: (each) => JSON.stringify(each), maxLength: 30 }),
      (entries) => {
        const cache = createVerdictCache();
        for (const [index, each] of entries.entries()) {
          cache.slot(each.token, scopeOf(each)).remember(contextOf(`U${index}`), 1_000);
        }
        for (const [index, each] of entries.entries()) {
          const found = cache.slot(each.token, scopeOf(each)).recall(0);
          // Of two configurations of a server, or two sets of keys, the later one's verdict is kept.
          if (found !== undefined) expect(found).toEqual({ sub: `U${index}` });
        }
      },
    ),
  );
});

function contextOf(sub: string): PrincipalContext {
  return { sub } as PrincipalContext;
}
