// Who is calling, from the headers that the gateway sets on every request. Both ways throw where the caller is not proven.
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from "jose";

/** Gives the caller's claims, or throws. */
export type Identify = (headers: IncomingHttpHeaders) => Promise<JWTPayload>;

/**
 * `jwt_header`: the gateway's signature proves the caller, whatever way the request came.
 *
 * @param gatewayUrl `iss` of the JWTs: the gateway's `public_url`, character for character
 * @param audience `aud` of the JWTs: `audience` in the server's configuration, else its `url`
 */
export function jwtHeader(gatewayUrl: string, audience: string): Identify {
  // Keys are kept for 10 minutes; an unknown `kid` fetches them anew, at most every 30 seconds.
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
 * `claims_header`: plain JSON, which proves nothing by itself. The secret does, which only the gateway sends.
 *
 * @param secret value of `X-Gateway-Secret` in the server's `headers` configuration
 */
export function claimsHeader(secret: string): Identify {
  return async (headers) => {
    const sent = String(headers["x-gateway-secret"] ?? "");
    // In constant time, or the answer's timing would tell the secret; as digests, since that needs equal lengths.
    if (!timingSafeEqual(sha256(sent), sha256(secret)))
      throw new Error("X-Gateway-Secret is missing or wrong");
    const claims: JWTPayload | null = JSON.parse(String(headers["x-user-claims"] ?? ""));
    if (typeof claims?.sub !== "string") throw new Error("X-User-Claims names no sub");
    return claims;
  };
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
