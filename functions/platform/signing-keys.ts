// The gateway's signing keys in AWS KMS. The first key signs; all are published.
import { createHash, createPublicKey } from "node:crypto";
import { GetPublicKeyCommand, KMSClient, SignCommand } from "@aws-sdk/client-kms";
import { calculateJwkThumbprint, type JWK } from "jose";
import { rawSignature } from "../core/identity-jwt.ts";
import { KMS_TIMEOUT_MS } from "../core/limits.ts";
import { type Refreshing, refreshing } from "./refreshing.ts";
import { withinTime } from "./within-time.ts";

export type PublishedKey = JWK & { kid: string };

/** Access to the keys. Both calls reject if KMS does not respond in time. */
export type SigningKeys = {
  /** `kid` of the key that signs */
  signingKeyId(): Promise<string>;
  /** ES256 signature over a JWS signing input, base64url */
  sign(signingInput: string): Promise<string>;
  /** the public part of every key, the signing one first */
  published(): Promise<PublishedKey[]>;
};

const KMS_ATTEMPT_MS = 2_000;

/**
 * Opens the keys.
 *
 * @param keyArns ARNs of KMS keys of spec ECC_NIST_P256 and usage SIGN_VERIFY; the first signs; the others are former keys whose
 *   JWTs may still be in use
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html
 */
export function openSigningKeys(keyArns: readonly string[], client?: KMSClient): SigningKeys {
  // Created on first use: most gateways have no signing keys, and creating it takes 5 ms of a cold start.
  const kms = () => (client ??= openKms());
  // A KMS key never changes, so its public key is read once.
  const publicKeys = new Map<string, Refreshing<PublishedKey>>(
    keyArns.map((arn) => [
      arn,
      refreshing({
        read: () => readPublicKey(kms(), arn),
        refreshAfterMs: Number.POSITIVE_INFINITY,
        staleMs: Number.POSITIVE_INFINITY,
        retryAfterMs: () => 0,
      }),
    ]),
  );
  const publicKey = (arn: string) => (publicKeys.get(arn) as Refreshing<PublishedKey>).get();
  const [signingArn] = keyArns;

  return {
    async signingKeyId() {
      if (signingArn === undefined)
        throw new Error("no signing key is configured: SIGNING_KEY_ARNS is empty");
      return (await publicKey(signingArn)).kid;
    },
    async sign(input) {
      const digest = createHash("sha256").update(input).digest();
      const command = new SignCommand({
        KeyId: signingArn,
        // The digest, because KMS limits messages to 4,096 bytes.
        Message: digest,
        MessageType: "DIGEST",
        SigningAlgorithm: "ECDSA_SHA_256",
      });
      const { Signature } = await withinTime(KMS_TIMEOUT_MS, (abortSignal) =>
        kms().send(command, { abortSignal }),
      );
      if (Signature === undefined) throw new Error("the KMS response has no signature");
      return Buffer.from(rawSignature(Signature)).toString("base64url");
    },
    published: () => Promise.all(keyArns.map(publicKey)),
  };
}

function openKms(): KMSClient {
  return new KMSClient({
    maxAttempts: 2,
    requestHandler: {
      requestTimeout: KMS_ATTEMPT_MS,
      connectionTimeout: KMS_ATTEMPT_MS,
      // Without it, the SDK only logs a warning after the timeout.
      throwOnRequestTimeout: true,
    },
  });
}

async function readPublicKey(client: KMSClient, arn: string): Promise<PublishedKey> {
  const command = new GetPublicKeyCommand({ KeyId: arn });
  const { PublicKey, KeySpec } = await withinTime(KMS_TIMEOUT_MS, (abortSignal) =>
    client.send(command, { abortSignal }),
  );
  if (PublicKey === undefined || KeySpec !== "ECC_NIST_P256") {
    throw new Error(`expected a key of spec ECC_NIST_P256, but ${arn} has ${KeySpec ?? "no key spec"}`);
  }
  const key = createPublicKey({ key: Buffer.from(PublicKey), format: "der", type: "spki" });
  const { kty, crv, x, y } = key.export({ format: "jwk" }) as JWK;
  const jwk = { kty, crv, x, y } as JWK;
  return { ...jwk, kid: await calculateJwkThumbprint(jwk, "sha256"), use: "sig", alg: "ES256" };
}
