// Verifies a token that this server issued, for the endpoints that accept one as a credential.
import { createLocalJWKSet, type JWTPayload, jwtVerify } from "jose";
import type { KeyRing } from "./key-ring.ts";

/** @returns the claims of an unexpired access token that one of the issuers signed, otherwise undefined */
export async function verifiedToken(
  keyRing: KeyRing,
  issuers: readonly string[],
  token: string,
): Promise<JWTPayload | undefined> {
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet(keyRing.jwks()), {
      issuer: [...issuers],
      algorithms: ["RS256"],
    });
    return payload;
  } catch {
    return undefined;
  }
}
