// Shows the identity headers that a server would get for a caller; of a signed header only the payload, without signing it.
import type { EffectiveServer } from "../functions/core/config/effective-server.ts";
import { claimsHeaderValue } from "../functions/core/identity-header.ts";
import { identityJwtPayload } from "../functions/core/identity-jwt.ts";
import { type Principal, pickClaims } from "../functions/core/principal.ts";

export type SentIdentity = { header: string; value: string } | undefined;

export function sentIdentity(server: EffectiveServer, principal: Principal, publicUrl: string): SentIdentity {
  const { identity } = server;
  if (identity === undefined) return undefined;
  switch (identity.method) {
    case "bearer":
      return { header: identity.headerName, value: "the caller's token, unchanged" };
    case "claims_header": {
      const claims = pickClaims(principal, identity.includeClaims);
      const value = claimsHeaderValue(claims, Number.POSITIVE_INFINITY);
      return { header: identity.headerName, value: value.ok ? value.value : "" };
    }
    case "jwt_header": {
      const payload = identityJwtPayload({
        issuer: publicUrl,
        audience: identity.audience,
        claims: pickClaims(principal, identity.includeClaims),
        expirySeconds: identity.expirySeconds,
        tokenExpiresAt: principal.exp,
        jwtId: "(unique per request)",
        now: new Date(),
      });
      return { header: identity.headerName, value: `JWT of ${JSON.stringify(payload)}` };
    }
  }
}
