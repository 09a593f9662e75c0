import { createHash, createPublicKey, verify } from "node:crypto";
import { expect, test } from "vitest";
import { KeyStore } from "../../../local/kms/key-store.ts";

const [A, B] = ["arn:aws:kms:us-east-1:123456789012:key/a", "arn:aws:kms:us-east-1:123456789012:key/b"];

test("generates one P-256 key for each ARN, found by ARN and by identifier", () => {
  const keys = new KeyStore([A, B]);
  const details = createPublicKey({
    key: Buffer.from(keys.get(A)?.publicKey ?? []),
    format: "der",
    type: "spki",
  }).asymmetricKeyDetails;
  expect(details).toEqual({ namedCurve: "prime256v1" });
  expect(keys.get("a")).toBe(keys.get(A));
  expect(keys.get(A)?.publicKey).not.toEqual(keys.get(B)?.publicKey);
  expect(keys.get("c")).toBeUndefined();
});

test("signs digests as DER, so that OpenSSL verifies them over the message", () => {
  const key = new KeyStore([A]).get(A);
  const message = Buffer.from("what is signed");
  const signature = key?.signDigest(createHash("sha256").update(message).digest()) ?? new Uint8Array();
  const publicKey = createPublicKey({
    key: Buffer.from(key?.publicKey ?? []),
    format: "der",
    type: "spki",
  });
  expect(signature[0]).toBe(0x30);
  expect(verify("sha256", message, { key: publicKey, dsaEncoding: "der" }, signature)).toBe(true);
  expect(verify("sha256", Buffer.from("another"), { key: publicKey, dsaEncoding: "der" }, signature)).toBe(
    false,
  );
});
