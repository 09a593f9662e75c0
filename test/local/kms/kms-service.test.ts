import { createHash, createPublicKey, verify } from "node:crypto";
import {
  GetPublicKeyCommand,
  KMSClient,
  MessageType,
  SignCommand,
  type SignCommandInput,
} from "@aws-sdk/client-kms";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { KeyStore } from "../../../local/kms/key-store.ts";
import { startKms } from "../../../local/kms/kms-service.ts";
import { type JsonService, ServiceError } from "../../../local/ssm/json-service.ts";

const ARN = "arn:aws:kms:us-east-1:123456789012:key/signing";
const MESSAGE = Buffer.from("header.payload");
const DIGEST = createHash("sha256").update(MESSAGE).digest();

let kms: JsonService;
let client: KMSClient;
beforeEach(async () => {
  kms = await startKms(new KeyStore([ARN]));
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  client = new KMSClient({ endpoint: kms.url, region: "us-east-1", credentials, maxAttempts: 1 });
});
afterEach(async () => {
  client.destroy();
  await kms.close();
});

const sign = (input: Partial<SignCommandInput>) =>
  client.send(
    new SignCommand({
      KeyId: ARN,
      Message: DIGEST,
      MessageType: "DIGEST",
      SigningAlgorithm: "ECDSA_SHA_256",
      ...input,
    }),
  );
const publicKey = (keyId = ARN) => client.send(new GetPublicKeyCommand({ KeyId: keyId }));

describe("KMS on loopback", () => {
  it("describes the public key as KMS does", async () => {
    const { PublicKey, $metadata, ...described } = await publicKey();
    expect(described).toEqual({
      KeyId: ARN,
      CustomerMasterKeySpec: "ECC_NIST_P256",
      KeySpec: "ECC_NIST_P256",
      KeyUsage: "SIGN_VERIFY",
      SigningAlgorithms: ["ECDSA_SHA_256"],
    });
    expect(PublicKey?.length).toBe(91);
  });

  it.each<[MessageType, Buffer]>([
    [MessageType.DIGEST, DIGEST],
    [MessageType.RAW, MESSAGE],
  ])("signs a %s so that the public key verifies it", async (type, message) => {
    const { Signature, KeyId, SigningAlgorithm } = await sign({ MessageType: type, Message: message });
    const { PublicKey } = await publicKey();
    const key = createPublicKey({ key: Buffer.from(PublicKey ?? []), format: "der", type: "spki" });
    expect(verify("sha256", MESSAGE, key, Signature ?? new Uint8Array())).toBe(true);
    expect({ KeyId, SigningAlgorithm }).toEqual({ KeyId: ARN, SigningAlgorithm: "ECDSA_SHA_256" });
  });

  it("rejects unknown keys", async () => {
    const other = "arn:aws:kms:us-east-1:123456789012:key/other";
    const unknown = { name: "NotFoundException", message: `Key '${other}' does not exist` };
    await expect(publicKey(other)).rejects.toMatchObject(unknown);
    await expect(sign({ KeyId: other })).rejects.toMatchObject(unknown);
  });

  it.each<[string, Partial<SignCommandInput>, string]>([
    ["an algorithm of another key spec", { SigningAlgorithm: "ECDSA_SHA_384" }, "InvalidKeyUsageException"],
    ["a digest of another length", { Message: DIGEST.subarray(1) }, "ValidationException"],
    ["an empty message", { Message: new Uint8Array() }, "ValidationException"],
    ["a long message", { MessageType: "RAW", Message: Buffer.alloc(4097) }, "ValidationException"],
    ["an unknown message type", { MessageType: "EXTERNAL_MU" }, "ValidationException"],
  ])("rejects %s", async (_what, input, name) => {
    await expect(sign(input)).rejects.toMatchObject({ name });
  });

  it("can fail for tests, and counts operations", async () => {
    kms.intercept = () => {
      throw new ServiceError("ThrottlingException", "Rate exceeded");
    };
    await expect(sign({})).rejects.toMatchObject({ name: "ThrottlingException", message: "Rate exceeded" });
    kms.intercept = undefined;
    await sign({});
    await publicKey();
    expect(Object.fromEntries(kms.requests)).toEqual({ Sign: 2, GetPublicKey: 1 });
  });
});
