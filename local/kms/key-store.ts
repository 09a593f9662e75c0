// The signing keys of the local run: real P-256 keys, generated at the start and kept in memory. KMS signs digests, which
// node:crypto cannot (it always hashes its input), hence a library for the signature.
import { createPublicKey } from "node:crypto";
import { p256 } from "@noble/curves/nist.js";

export type StoredKey = {
  readonly arn: string;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  /** ECDSA signature over a SHA-256 digest, DER. */
  signDigest(digest: Uint8Array): Uint8Array;
};

export class KeyStore {
  readonly #keys = new Map<string, StoredKey>();

  /** @param arns ARNs of the keys to generate */
  constructor(arns: readonly string[]) {
    for (const arn of arns) {
      const key = newKey(arn);
      this.#keys.set(arn, key).set(arn.slice(arn.lastIndexOf("/") + 1), key);
    }
  }

  /** The key of an ARN or key identifier. */
  get(keyId: string): StoredKey | undefined {
    return this.#keys.get(keyId);
  }
}

function newKey(arn: string): StoredKey {
  const { secretKey, publicKey } = p256.keygen();
  return {
    arn,
    publicKey: spki(p256.Point.fromBytes(publicKey).toBytes(false)),
    signDigest: (digest) => p256.sign(digest, secretKey, { prehash: false, lowS: false, format: "der" }),
  };
}

/** @param point uncompressed: 0x04, x, y */
function spki(point: Uint8Array): Uint8Array {
  const coordinate = (from: number) => Buffer.from(point.subarray(from, from + 32)).toString("base64url");
  const key = createPublicKey({
    format: "jwk",
    key: { kty: "EC", crv: "P-256", x: coordinate(1), y: coordinate(33) },
  });
  return key.export({ type: "spki", format: "der" });
}
