// Reads the verification keys of a JWKS document (RFC 7517). Keys that must not verify a token are skipped, with the reason.
import { type CryptoKey, importJWK, type JWK } from "jose";
import { canonicalJson } from "./json.ts";
import { JWKS_MAX_REJECTIONS } from "./limits.ts";
import { rsaKeyFault } from "./rsa-key.ts";

/** A key as jose takes it. */
export type VerificationKey = CryptoKey | Uint8Array;

/**
 * Verification keys by `kid`. A key that is listed twice counts once. A `kid` that two different keys share for one algorithm is ambiguous
 * and finds neither.
 */
export type KeySet = {
  /** Finds a key. @param algorithm the token's `alg`; a key of another type or for another algorithm is not found */
  find(kid: string, algorithm: string): Promise<VerificationKey | undefined>;
  readonly kids: readonly string[];
  /** the first keys that were skipped and why, for the log */
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
 * Reads a JWKS document. The document's size bounds the work; a key is imported when it is looked up for the first time.
 *
 * @param document parsed JSON of at most `JWKS_MAX_BYTES`
 * @returns the keys, or undefined if the document is not a JWKS: `{"keys":[…]}`
 * @see RFC 7517 sections 4 and 5
 */
export function readKeySet(document: unknown): KeySet | undefined {
  const entries = (document as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(entries)) return undefined;
  const byKid = new Map<string, JWK[]>();
  const rejected: string[] = [];
  entries.forEach((entry: unknown, index) => {
    const jwk = withoutNulls(entry);
    const fault = jwk === undefined ? "not an object" : keyFault(jwk);
    if (jwk === undefined || fault !== undefined) {
      if (rejected.length < JWKS_MAX_REJECTIONS) rejected.push(`keys[${index}]: ${fault}`);
      return;
    }
    const kid = jwk.kid as string;
    const others = byKid.get(kid);
    if (others === undefined) byKid.set(kid, [jwk]);
    else others.push(jwk);
  });

  const imported = new Map<string, Promise<VerificationKey | undefined>>();
  return {
    kids: [...byKid.keys()],
    rejected,
    async find(kid, algorithm) {
      const cacheKey = `${algorithm} ${kid}`;
      const known = imported.get(cacheKey);
      if (known !== undefined) return known;
      const jwk = soleKey((byKid.get(kid) ?? []).filter((each) => servesAlgorithm(each, algorithm)));
      if (jwk === undefined) return undefined;
      // A key that cannot be imported is skipped: the other keys must stay usable.
      const importing = importJWK(jwk, algorithm).catch(() => undefined);
      imported.set(cacheKey, importing);
      return importing;
    },
  };
}

/** A key without its null members; undefined if it is not an object. */
function withoutNulls(entry: unknown): JWK | undefined {
  if (entry === null || typeof entry !== "object") return undefined;
  return Object.fromEntries(Object.entries(entry).filter(([, member]) => member !== null));
}

function keyFault(jwk: JWK): string | undefined {
  if (typeof jwk.kid !== "string" || jwk.kid === "") return "no kid";
  if (jwk.kty !== "RSA" && jwk.kty !== "EC" && jwk.kty !== "OKP") return "not an asymmetric key";
  if (jwk.use !== undefined && jwk.use !== "sig") return 'use is not "sig"';
  if (jwk.key_ops !== undefined && !(Array.isArray(jwk.key_ops) && jwk.key_ops.includes("verify"))) {
    return 'key_ops lacks "verify"';
  }
  return jwk.kty === "RSA" ? rsaKeyFault(jwk.n, jwk.e) : undefined;
}

function servesAlgorithm(jwk: JWK, algorithm: string): boolean {
  const type = KEY_TYPE_BY_ALGORITHM.get(algorithm);
  if (type === undefined || jwk.kty !== type.kty) return false;
  if (type.crv !== undefined && jwk.crv !== type.crv) return false;
  return jwk.alg === undefined || jwk.alg === algorithm;
}

/** The key, if all candidates have the same key material. */
function soleKey(candidates: readonly JWK[]): JWK | undefined {
  const [first, ...others] = candidates.map(publicPart);
  const isOne = others.every((other) => canonicalJson(other) === canonicalJson(first));
  return isOne ? first : undefined;
}

// Private members are never imported.
function publicPart({ kty, n, e, crv, x, y }: JWK): JWK {
  return Object.fromEntries(
    Object.entries({ kty, n, e, crv, x, y }).filter(([, value]) => value !== undefined),
  ) as JWK;
}
