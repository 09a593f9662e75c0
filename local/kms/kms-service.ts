// KMS for functions on this machine: the two operations that the gateway uses, with KMS's checks and errors and real keys.
import { createHash } from "node:crypto";
import { type JsonService, type Operation, ServiceError, startJsonService } from "../ssm/json-service.ts";
import type { KeyStore, StoredKey } from "./key-store.ts";

const MAX_MESSAGE_BYTES = 4096;
const DIGEST_BYTES = 32;
const ALGORITHM = "ECDSA_SHA_256";

/** Starts the endpoint for AWS_ENDPOINT_URL_KMS. */
export function startKms(keys: KeyStore): Promise<JsonService> {
  return startJsonService("TrentService", {
    GetPublicKey: (input) => getPublicKey(found(keys, input)),
    Sign: (input) => sign(found(keys, input), input),
  } satisfies Record<string, Operation>);
}

function getPublicKey({ arn, publicKey }: StoredKey): object {
  return {
    KeyId: arn,
    PublicKey: Buffer.from(publicKey).toString("base64"),
    CustomerMasterKeySpec: "ECC_NIST_P256",
    KeySpec: "ECC_NIST_P256",
    KeyUsage: "SIGN_VERIFY",
    SigningAlgorithms: [ALGORITHM],
  };
}

function sign(key: StoredKey, input: Record<string, unknown>): object {
  if (input.SigningAlgorithm !== ALGORITHM) {
    throw new ServiceError(
      "InvalidKeyUsageException",
      `Algorithm ${input.SigningAlgorithm} is incompatible with key spec ECC_NIST_P256.`,
    );
  }
  const signature = key.signDigest(digestOf(input));
  return {
    KeyId: key.arn,
    Signature: Buffer.from(signature).toString("base64"),
    SigningAlgorithm: ALGORITHM,
  };
}

function digestOf({ Message, MessageType = "RAW" }: Record<string, unknown>): Uint8Array {
  const message = Buffer.from(typeof Message === "string" ? Message : "", "base64");
  if (message.length < 1 || message.length > MAX_MESSAGE_BYTES) {
    throw new ServiceError("ValidationException", `Message must have 1 to ${MAX_MESSAGE_BYTES} bytes`);
  }
  if (MessageType === "RAW") return createHash("sha256").update(message).digest();
  if (MessageType !== "DIGEST") {
    throw new ServiceError("ValidationException", `MessageType must be RAW or DIGEST, but is ${MessageType}`);
  }
  if (message.length === DIGEST_BYTES) return message;
  throw new ServiceError("ValidationException", `Digest is invalid length for algorithm ${ALGORITHM}.`);
}

function found(keys: KeyStore, { KeyId }: Record<string, unknown>): StoredKey {
  const key = keys.get(String(KeyId));
  if (key !== undefined) return key;
  throw new ServiceError("NotFoundException", `Key '${KeyId}' does not exist`);
}
