// Callers with tokens of their own: what the double of a token endpoint or a vault reads of them. The authorizer has verified them before.

import type { Principal } from "../../../functions/core/principal.ts";
import { contextOf, principalWith } from "../principals.ts";

/** A caller's token and the event parts by which the proxy gets it. */
export type TestCaller = {
  token: string;
  event: { headers: Record<string, string>; authorizer: Record<string, string> };
};

/** A caller at a server, whose token ends in an hour unless `principal` says otherwise. */
export function callerWith(sub: string, principal: Partial<Principal> = {}): TestCaller {
  const scope = (principal.scopes ?? SCOPES).join(" ");
  const parts = [{ alg: "RS256" }, { sub, scope, jti: crypto.randomUUID() }, { signature: sub }];
  const token = parts.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  const exp = Math.floor(Date.now() / 1000) + 3600;
  const caller = principalWith({ sub, exp, scopes: SCOPES, tenantIsMember: true, ...principal });
  return { token, event: { headers: { Authorization: `Bearer ${token}` }, authorizer: contextOf(caller) } };
}

const SCOPES = ["outbound.token.fetch"];
