import { KMSClient } from "@aws-sdk/client-kms";
import { calculateJwkThumbprint, compactVerify, importJWK } from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EffectiveServer } from "../../../functions/core/config/effective-server.ts";
import { openSigningKeys, readSigningKey } from "../../../functions/platform/signing-keys.ts";
import { KeyStore } from "../../../local/kms/key-store.ts";
import { startKms } from "../../../local/kms/kms-service.ts";
import { type JsonService, ServiceError } from "../../../local/ssm/json-service.ts";

const CURRENT = "arn:aws:kms:us-east-1:123456789012:key/current";
const FORMER = "arn:aws:kms:us-east-1:123456789012:key/former";

let kms: JsonService;
let client: KMSClient;

beforeEach(async () => {
  kms = await startKms(new KeyStore([CURRENT, FORMER]));
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  client = new KMSClient({ endpoint: kms.url, region: "us-east-1", credentials, maxAttempts: 1 });
});

afterEach(async () => {
  client.destroy();
  await kms.close();
});

describe("openSigningKeys", () => {
  it("signs so that the published key verifies the signature", async () => {
    const keys = openSigningKeys([CURRENT, FORMER], client);
    const [published] = await keys.published();
    const kid = await keys.signingKeyId();
    const header = Buffer.from(JSON.stringify({ alg: "ES256", kid })).toString("base64url");
    // Longer than the 4,096 bytes that KMS takes as a message.
    const input = `${header}.${Buffer.alloc(6_000, "x").toString("base64url")}`;
    const jws = `${input}.${await keys.sign(input)}`;
    const verified = await compactVerify(jws, await importJWK(published as never, "ES256"));
    expect(verified.protectedHeader.kid).toBe(published?.kid);
  });

  it("publishes all keys, the signing key first, without private parts", async () => {
    const published = await openSigningKeys([CURRENT, FORMER], client).published();
    expect(published).toHaveLength(2);
    for (const key of published) {
      expect(Object.keys(key).sort()).toEqual(["alg", "crv", "kid", "kty", "use", "x", "y"]);
      expect(key).toMatchObject({ kty: "EC", crv: "P-256", use: "sig", alg: "ES256" });
      expect(key.kid).toBe(await calculateJwkThumbprint(key));
    }
    expect(await openSigningKeys([FORMER], client).signingKeyId()).toBe(published[1]?.kid);
  });

  it("requests each public key from KMS once", async () => {
    const keys = openSigningKeys([CURRENT], client);
    await Promise.all([keys.signingKeyId(), keys.published(), keys.signingKeyId()]);
    await keys.published();
    expect(kms.requests.get("GetPublicKey")).toBe(1);
  });

  it("throws while KMS fails, and retries with the next request", async () => {
    const keys = openSigningKeys([CURRENT], client);
    kms.intercept = () => {
      throw new ServiceError("ThrottlingException", "Rate exceeded");
    };
    await expect(keys.signingKeyId()).rejects.toMatchObject({ name: "ThrottlingException" });
    await expect(keys.sign("a.b")).rejects.toMatchObject({ name: "ThrottlingException" });
    await expect(keys.published()).rejects.toMatchObject({ name: "ThrottlingException" });
    kms.intercept = undefined;
    expect(await keys.published()).toHaveLength(1);
  });

  it("throws on signing without a key, and publishes none", async () => {
    const keys = openSigningKeys([], client);
    await expect(keys.signingKeyId()).rejects.toThrow(
      "no signing key is configured: SIGNING_KEY_ARNS is empty",
    );
    expect(await keys.published()).toEqual([]);
  });

  it.each([
    ["of another spec", { PublicKey: new Uint8Array(91), KeySpec: "RSA_2048" }, "has RSA_2048"],
    ["that is missing", {}, "has no key spec"],
  ])("rejects a key %s", async (_, response, message) => {
    const fake = { send: async () => response } as unknown as KMSClient;
    await expect(openSigningKeys([CURRENT], fake).published()).rejects.toThrow(message);
  });

  it("rejects a KMS response without a signature", async () => {
    const fake = { send: async () => ({}) } as unknown as KMSClient;
    await expect(openSigningKeys([CURRENT], fake).sign("a.b")).rejects.toThrow(
      "the KMS response has no signature",
    );
  });

  it("opens without keys, and then has no key to publish or to sign with", async () => {
    const keys = openSigningKeys([], client);
    expect(await keys.published()).toEqual([]);
    await expect(keys.signingKeyId()).rejects.toThrow("no signing key is configured");
  });
});

describe("readSigningKey", () => {
  it.each([
    ["reads the key that signs before the first request if a server's identity is signed", "jwt_header", 1],
    ["reads nothing if no server's identity is signed", "claims_header", undefined],
  ] as const)("%s", async (_, method, reads) => {
    const keys = openSigningKeys([CURRENT, FORMER], client);
    const servers = new Map([["tools", { identity: { method } } as EffectiveServer]]);
    await readSigningKey(keys, { servers });
    expect(kms.requests.get("GetPublicKey")).toBe(reads);
  });
});
