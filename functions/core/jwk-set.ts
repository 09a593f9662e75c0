// Turns a JWKS document (RFC 7517) into usable verification keys. Keys that must not verify a token are left out, with the reason.
import { type CryptoKey, importJWK, type JWK } from "jose";
import { JWKS_MAX_KEYS, RSA_MIN_MODULUS_BITS } from "./limits.ts";

/** A key as jose takes it. */
export type VerificationKey = CryptoKey | Uint8Array;

/** Verification keys by `kid`. A `kid` that two usable keys share is ambiguous and resolves to neither. */
export type KeySet = {
  /**
   * Finds a key.
   *
   * @param kid the token's `kid`
   * @param algorithm the token's `alg`; a key of another type or for another algorithm is not found
   */
  find(kid: string, algorithm: string): Promise<VerificationKey | undefined>;
  readonly kids: readonly string[];
  /** keys that were left out and why, for the log */
  readonly rejected: readonly string[];
};

type KeyType = { kty: string; crv?: string };

const KEY_TYPE_BY_ALGORITHM: ReadonlyMap<string, KeyType> = new Map<string, KeyType>([
  ["RS256", { kty: "RSA" }],
  ["RS384", { kty: "RSA" }],
  ["RS512", { kty: "RSA" }],
  ["PS256", { kty: "RSA" }],
  ["PS384", { kty: "RSA" }],
  ["PS512", { kty: "RSA" }],
  ["ES256", { kty: "EC", crv: "P-256" }],
  ["ES384", { kty: "EC", crv: "P-384" }],
  ["ES512", { kty: "EC", crv: "P-521" }],
  ["EdDSA", { kty: "OKP", crv: "Ed25519" }],
  ["Ed25519", { kty: "OKP", crv: "Ed25519" }],
]);

/**
 * Reads a JWKS document.
 *
 * @param document parsed JSON
 * @returns the keys, or undefined where the document is no JWKS: `{"keys":[…]}` with at most {@link JWKS_MAX_KEYS} entries
 * @see RFC 7517 §4 and §5
 */
export function readKeySet(document: unknown): KeySet | undefined {
  const entries = (document as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(entries) || entries.length > JWKS_MAX_KEYS) return undefined;
  const byKid = new Map<string, JWK[]>();
  const rejected: string[] = [];
  entries.forEach((entry: unknown, index) => {
    const fault = keyFault(entry);
    if (fault !== undefined) {
      rejected.push(`keys[${index}]: ${fault}`);
      return;
    }
    const jwk = entry as JWK & { kid: string };
    byKid.set(jwk.kid, [...(byKid.get(jwk.kid) ?? []), jwk]);
  });

  const imported = new Map<string, Promise<VerificationKey | undefined>>();
  return {
    kids: [...byKid.keys()],
    rejected,
    async find(kid, algorithm) {
      const candidates = (byKid.get(kid) ?? []).filter((jwk) => servesAlgorithm(jwk, algorithm));
      const jwk = candidates[0];
      if (jwk === undefined || candidates.length > 1) return undefined;
      const cacheKey = `${algorithm} ${kid}`;
      let importing = imported.get(cacheKey);
      if (importing === undefined) {
        // A key that can't be imported is as good as absent; the other keys are not affected.
        importing = importJWK(publicPart(jwk), algorithm).catch(() => undefined);
        imported.set(cacheKey, importing);
      }
      return importing;
    },
  };
}

function keyFault(entry: unknown): string | undefined {
  if (entry === null || typeof entry !== "object") return "not an object";
  const jwk = entry as JWK;
  if (typeof jwk.kid !== "string" || jwk.kid === "") return "no kid";
  if (jwk.kty !== "RSA" && jwk.kty !== "EC" && jwk.kty !== "OKP") return "not an asymmetric key";
  if (jwk.use !== undefined && jwk.use !== "sig") return 'use is not "sig"';
  if (jwk.key_ops !== undefined && !(Array.isArray(jwk.key_ops) && jwk.key_ops.includes("verify"))) {
    return 'key_ops lacks "verify"';
  }
  if (jwk.kty === "RSA" && modulusBits(jwk.n) < RSA_MIN_MODULUS_BITS) {
    return `RSA modulus below ${RSA_MIN_MODULUS_BITS} bits`;
  }
  return undefined;
}

function modulusBits(n: unknown): number {
  if (typeof n !== "string") return 0;
  const bytes = Buffer.from(n, "base64url");
  const firstByte = bytes.findIndex((byte) => byte !== 0);
  if (firstByte === -1) return 0;
  return (bytes.length - firstByte) * 8 - (Math.clz32(bytes[firstByte] as number) - 24);
}

function servesAlgorithm(jwk: JWK, algorithm: string): boolean {
  const type = KEY_TYPE_BY_ALGORITHM.get(algorithm);
  if (type === undefined || jwk.kty !== type.kty) return false;
  if (type.crv !== undefined && jwk.crv !== type.crv) return false;
  return jwk.alg === undefined || jwk.alg === algorithm;
}

// Should a document carry private members, they are not even imported.
function publicPart(jwk: JWK): JWK {
  const { kty, n, e, crv, x, y } = jwk;
  return Object.fromEntries(
    Object.entries({ kty, n, e, crv, x, y }).filter(([, value]) => value !== undefined),
  ) as JWK;
}
