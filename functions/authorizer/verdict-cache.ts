// Remembers what a good token made of its caller at a server, so that a busy caller's signature is checked and its context encoded once.
// Bad ones are never remembered. A verdict is found by the whole token (as SHA-256) and the server's name, and holds under the very
// configuration of the server and the keys by which it was made: a token that is good at one server says nothing about another.
import { hash } from "node:crypto";
import QuickLRU from "quick-lru";
import type { EffectiveServer } from "../core/config/effective-server.ts";
import type { PrincipalContext } from "../core/principal.ts";

/** What a verdict depends on besides the token; the rules are the server's. */
export type VerdictScope = { server: EffectiveServer; keyVersion: string };

/** The place of one token at one server. */
export type VerdictSlot = {
  /**
   * The context of a good verdict that has not ended. There is none once the server was configured anew.
   *
   * @param nowSeconds seconds since the epoch
   */
  recall(nowSeconds: number): PrincipalContext | undefined;
  /** @param expiresAt the verdict's end in seconds since the epoch */
  remember(context: PrincipalContext, expiresAt: number): void;
};

/** Good verdicts, each until it ends. */
export type VerdictCache = { slot(token: string, scope: VerdictScope): VerdictSlot };

type Verdict = VerdictScope & { context: PrincipalContext; expiresAt: number };

// Those used most recently are held, at most twice as many.
const VERDICTS = 2_500;

/** Opens an empty cache. */
export function createVerdictCache(): VerdictCache {
  const verdicts = new QuickLRU<string, Verdict>({ maxSize: VERDICTS });
  return {
    slot(token, { server, keyVersion }) {
      // A hash is always as long, so that no other token and name make the same key.
      const key = `${hash("sha256", token, "base64url")}${server.name}`;
      return {
        recall(nowSeconds) {
          const verdict = verdicts.get(key);
          // What the context holds depends on the whole of the server's configuration.
          if (verdict?.server !== server || verdict.keyVersion !== keyVersion) return undefined;
          if (nowSeconds < verdict.expiresAt) return verdict.context;
          verdicts.delete(key);
          return undefined;
        },
        remember(context, expiresAt) {
          verdicts.set(key, { server, keyVersion, context, expiresAt });
        },
      };
    },
  };
}
