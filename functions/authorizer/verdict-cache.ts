// Remembers what a good token made of its caller at a server, so that a busy caller's signature is checked and its context encoded once.
// Bad ones are never remembered. The key holds everything that a verdict depends on: the whole token (as SHA-256), the rules, the keys, the
// server. A token that is good at one server says nothing about another.
import { hash } from "node:crypto";
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

type Verdict = { server: EffectiveServer; context: PrincipalContext; expiresAt: number };

const MAX_VERDICTS = 5_000;

/** Opens an empty cache that holds the most recently used verdicts. */
export function createVerdictCache(): VerdictCache {
  const verdicts = new Map<string, Verdict>();
  return {
    slot(token, scope) {
      const { server } = scope;
      const key = keyOf(token, scope);
      return {
        recall(nowSeconds) {
          const verdict = verdicts.get(key);
          if (verdict === undefined) return undefined;
          // What the context holds depends on the whole of the server's configuration.
          if (nowSeconds >= verdict.expiresAt || verdict.server !== server) {
            verdicts.delete(key);
            return undefined;
          }
          // The order of use matters only once something has to go soon.
          if (verdicts.size > MAX_VERDICTS / 2) {
            verdicts.delete(key);
            verdicts.set(key, verdict);
          }
          return verdict.context;
        },
        remember(context, expiresAt) {
          if (verdicts.size >= MAX_VERDICTS) verdicts.delete(verdicts.keys().next().value as string);
          verdicts.set(key, { server, context, expiresAt });
        },
      };
    },
  };
}

function keyOf(token: string, { server, keyVersion }: VerdictScope): string {
  return `${hash("sha256", token, "base64url")} ${server.tokenRules.hash} ${keyVersion} ${server.name}`;
}
