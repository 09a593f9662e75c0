// Verifies the caller from the headers that the gateway sets on every request. Both functions throw if the caller is not verified.
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from "jose";

/** Returns the caller's claims, or throws. */
export type Identify = (headers: IncomingHttpHeaders) => Promise<JWTPayload>;

/**
 * `jwt_header`: the gateway's signature proves the caller, whatever path the request took.
 *
 * @param gatewayUrl `iss` of the JWTs: the gateway's `public_url`, byte for byte
 * @param audience `aud` of the JWTs: `audience` in the server's configuration, else its `url`
 */
export function jwtHeader(gatewayUrl: string, audience: string): Identify {
  // Keys are cached for 10 minutes; an unknown `kid` fetches them again, at most every 30 seconds.
  const keys = createRemoteJWKSet(new URL(`${gatewayUrl}/.well-known/jwks.json`));
  return async (headers) => {
    const { payload } = await jwtVerify(String(headers["x-user-jwt"] ?? ""), keys, {
      issuer: gatewayUrl,
      audience,
      algorithms: ["ES256"],
      requiredClaims: ["exp", "sub"],
      clockTolerance: 5,
    });
    return payload;
  };
}

/**
 * `claims_header`: plain JSON, which proves nothing by itself. The secret, which only the gateway sends, proves its origin.
 *
 * @param secret value of `X-Gateway-Secret` in the server's `headers` configuration
 */
export function claimsHeader(secret: string): Identify {
  return async (headers) => {
    const sent = String(headers["x-gateway-secret"] ?? "");
    // Compared in constant time, or the response time would reveal the secret; as digests, because that needs equal lengths.
    if (!timingSafeEqual(sha256(sent), sha256(secret)))
      throw new Error("X-Gateway-Secret is missing or invalid");
    const claims: JWTPayload | null = JSON.parse(String(headers["x-user-claims"] ?? ""));
    if (typeof claims?.sub !== "string") throw new Error("X-User-Claims has no sub");
    return claims;
  };
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
