// The JWT that tells an MCP server who is calling: its payload, and the text and signature formats for signing. Has no access to the key.
// RFC 7519 for the claims, RFC 7515 for the serialisation, RFC 7518 §3.4 for ES256.
import type { Claims } from "./claims.ts";

export type IdentityJwtParts = {
  /** the gateway's own URL */
  issuer: string;
  audience: string;
  /** the picked claims of the caller, by their configured names */
  claims: Claims;
  /** lifetime in seconds */
  expirySeconds: number;
  /** `exp` of the caller's own token: the JWT never outlives it */
  tokenExpiresAt: number;
  /** unique id of this JWT */
  jwtId: string;
  now: Date;
};

/** Payload of an identity JWT and its end, in seconds since the epoch. */
export type IdentityJwtPayload = Record<string, unknown> & { exp: number };

/** The payload. The gateway's own members win over claims of the same name, so that no claim can pose as one of them. */
export function identityJwtPayload(parts: IdentityJwtParts): IdentityJwtPayload {
  const iat = Math.floor(parts.now.getTime() / 1000);
  const exp = Math.min(iat + parts.expirySeconds, Math.floor(parts.tokenExpiresAt));
  const own = { iss: parts.issuer, aud: parts.audience, iat, nbf: iat, exp, jti: parts.jwtId };
  return Object.fromEntries([...Object.entries(parts.claims), ...Object.entries(own)]) as IdentityJwtPayload;
}

/** The text to sign: header and payload in base64url, joined by a dot. @param keyId `kid` of the signing key: its RFC 7638 thumbprint */
export function signingInput(keyId: string, payload: IdentityJwtPayload): string {
  return [{ alg: "ES256", typ: "JWT", kid: keyId }, payload]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
}

/**
 * Converts an ECDSA P-256 signature from DER, as KMS returns it, to the form of JWS: r and s, 32 bytes each.
 *
 * @param der `SEQUENCE { INTEGER r, INTEGER s }`
 * @throws Error if it is not such a sequence
 * @see RFC 7518 §3.4, RFC 3279 §2.2.3
 */
export function rawSignature(der: Uint8Array): Uint8Array {
  const bytes = Buffer.from(der);
  // Two integers of at most 33 bytes each: every length fits the one-byte form.
  if (bytes[0] !== 0x30 || bytes[1] !== bytes.length - 2)
    throw new Error("not a DER sequence of the given length");
  const r = readInteger(bytes, 2);
  const s = readInteger(bytes, r.end);
  if (s.end !== bytes.length) throw new Error("bytes after the second integer of the signature");
  return Buffer.concat([r.value, s.value]);
}

function readInteger(bytes: Buffer, start: number): { value: Buffer; end: number } {
  const end = start + 2 + (bytes[start + 1] ?? 0);
  const digits = bytes.subarray(start + 2, end);
  if (bytes[start] !== 0x02 || digits.length === 0 || end > bytes.length)
    throw new Error("not a DER integer");
  // Without leading zeros; zero itself keeps one digit.
  const magnitude = digits.subarray(digits.findIndex((byte) => byte !== 0));
  if (magnitude.length > 32) throw new Error("an integer of the signature is longer than the curve");
  return { value: Buffer.concat([Buffer.alloc(32 - magnitude.length), magnitude]), end };
}
