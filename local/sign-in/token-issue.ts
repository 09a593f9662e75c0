// Issues tokens without a sign-in, with the same keys and claims: for static bearer headers and for tests.
import { randomUUID } from "node:crypto";
import { accessTokenClaims, type TokenIssuer } from "./claims.ts";
import { PREREGISTERED_CLIENT_ID } from "./clients.ts";
import type { KeyRing } from "./key-ring.ts";
import type { IssueToken } from "./local-token.ts";
import { tokenKind } from "./token-kinds.ts";
import { knownUsers, userByKey } from "./users.ts";

/**
 * @param defaultScope used if `scope` is omitted
 * @returns `issueToken`: `kind` is one of `token-kinds.ts`; `header` and `claims` replace single parameters and claims (`undefined` omits
 * one); `expiresInSeconds` may be negative for an expired token. Throws for an unknown user.
 */
export function tokenIssuer(
  issuer: TokenIssuer,
  keyRing: KeyRing,
  defaultScope: string,
  lifetimeSeconds: number,
): IssueToken {
  return async ({
    user: key,
    scope = defaultScope,
    kind: kindName = "access_token",
    claims = {},
    header = {},
    expiresInSeconds = lifetimeSeconds,
  }) => {
    const user = userByKey(key);
    if (!user) throw new Error(`Unknown user "${key}". Known users: ${knownUsers()}.`);
    const now = Math.floor(Date.now() / 1000);
    const expiresAt = now + expiresInSeconds;
    const issuedAt = expiresInSeconds > 0 ? now : expiresAt - lifetimeSeconds;
    const own = accessTokenClaims(issuer, {
      clientId: PREREGISTERED_CLIENT_ID,
      user,
      scope,
      jti: randomUUID(),
      issuedAt,
      expiresAt,
    });
    const kind = tokenKind(kindName);
    if (!kind) throw new Error(`Unknown kind of token "${kindName}".`);
    return keyRing.signToken({ ...own, ...kind.claims, ...claims }, { ...kind.header, ...header });
  };
}
