// A verified caller for tests, as passed from the authorizer to the proxy.
import { encodePrincipal, type Principal, type PrincipalContext } from "../../functions/core/principal.ts";
import { ISSUER, NOW_SECONDS } from "./tokens.ts";

export function principalWith(overrides: Partial<Principal> = {}): Principal {
  return {
    server: "tools",
    sub: "U2alice",
    issuer: ISSUER,
    exp: NOW_SECONDS + 3600,
    tenant: "T1",
    clientId: "C3",
    scopes: ["openid"],
    claims: {},
    admitted: true,
    ...overrides,
  };
}

/** The authorizer's context for that caller. */
export function contextOf(principal: Principal): PrincipalContext {
  const encoded = encodePrincipal(principal);
  if (!encoded.ok) throw new Error(encoded.denial.actual);
  return encoded.context;
}
