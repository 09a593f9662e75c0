// The gateway's signing keys in AWS KMS. The first key signs; all are published.
import { createHash, createPublicKey } from "node:crypto";
import type {
  GetPublicKeyCommandOutput,
  KMSClient,
  SignCommandInput,
  SignCommandOutput,
} from "@aws-sdk/client-kms";
import { calculateJwkThumbprint, type JWK } from "jose";
import type { ConfigSnapshot } from "../core/config-snapshot.ts";
import { rawSignature } from "../core/identity-jwt.ts";
import { KMS_TIMEOUT_MS } from "../core/limits.ts";
import { type Refreshing, refreshing } from "./refreshing.ts";
import { attemptTimeout, withinTime } from "./within-time.ts";

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
  let loading: Promise<Kms> | undefined;
  const kms = () => (loading ??= loadKms(client));
  // A KMS key never changes, so its public key is read once.
  const publicKeys = new Map<string, Refreshing<PublishedKey>>(
    keyArns.map((arn) => [
      arn,
      refreshing({
        read: () => readPublicKey(kms, arn),
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
      const request: SignCommandInput = {
        KeyId: signingArn,
        // The digest, because KMS limits messages to 4,096 bytes.
        Message: digest,
        MessageType: "DIGEST",
        SigningAlgorithm: "ECDSA_SHA_256",
      };
      const { Signature } = await withinTime(KMS_TIMEOUT_MS, async (abortSignal) =>
        (await kms()).sign(request, abortSignal),
      );
      if (Signature === undefined) throw new Error("the KMS response has no signature");
      return Buffer.from(rawSignature(Signature)).toString("base64url");
    },
    published: () => Promise.all(keyArns.map(publicKey)),
  };
}

/** Reads the id of the key that signs if a server's identity is signed: the first request then only signs. */
export async function readSigningKey(
  keys: SigningKeys,
  { servers }: Pick<ConfigSnapshot, "servers">,
): Promise<void> {
  const isSigned = [...servers.values()].some(({ identity }) => identity?.method === "jwt_header");
  if (isSigned) await keys.signingKeyId();
}

type Kms = {
  publicKey(arn: string, abortSignal: AbortSignal): Promise<GetPublicKeyCommandOutput>;
  sign(request: SignCommandInput, abortSignal: AbortSignal): Promise<SignCommandOutput>;
};

/** Loads the client on first use. Most gateways sign nothing: a cold start without it takes 4 ms less CPU time. */
async function loadKms(given: KMSClient | undefined): Promise<Kms> {
  const { GetPublicKeyCommand, KMSClient, SignCommand } = await import("./kms-client.ts");
  const client = given ?? new KMSClient({ maxAttempts: 2, requestHandler: attemptTimeout(KMS_ATTEMPT_MS) });
  return {
    publicKey: (arn, abortSignal) => client.send(new GetPublicKeyCommand({ KeyId: arn }), { abortSignal }),
    sign: (request, abortSignal) => client.send(new SignCommand(request), { abortSignal }),
  };
}

async function readPublicKey(kms: () => Promise<Kms>, arn: string): Promise<PublishedKey> {
  const { PublicKey, KeySpec } = await withinTime(KMS_TIMEOUT_MS, async (abortSignal) =>
    (await kms()).publicKey(arn, abortSignal),
  );
  if (PublicKey === undefined || KeySpec !== "ECC_NIST_P256") {
    throw new Error(`expected a key of spec ECC_NIST_P256, but ${arn} has ${KeySpec ?? "no key spec"}`);
  }
  const key = createPublicKey({ key: Buffer.from(PublicKey), format: "der", type: "spki" });
  const { kty, crv, x, y } = key.export({ format: "jwk" }) as JWK;
  const jwk = { kty, crv, x, y } as JWK;
  return { ...jwk, kid: await calculateJwkThumbprint(jwk, "sha256"), use: "sig", alg: "ES256" };
}
