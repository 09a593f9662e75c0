// Verifies the examples of the JOSE RFCs. Their payloads are not access tokens (RFC 7515: no kid, RFC 7520: prose): if the signature is
// accepted, a later check fails.
import { readFileSync } from "node:fs";
import { type CryptoKey, compactVerify } from "jose";
import { describe, expect, it } from "vitest";
import { readKeySet } from "../../../functions/core/jwk-set.ts";
import { EVERY_ALGORITHM, verifyVector } from "./judge-vector.ts";

const file = new URL("jose-rfc-examples.json", import.meta.url);
const { rfc7515, rfc7520 } = JSON.parse(readFileSync(file, "utf8"));

type Example = { section: string; algorithm: string; key: never; jws: string; why: string };

describe("RFC 7515 appendix A", () => {
  it.each(rfc7515.examples as Example[])(
    "$section, $algorithm: the signature verifies with the key of the key set",
    async (example) => {
      const keySet = readKeySet({ keys: [{ ...(example.key as object), kid: "1" }] });
      const key = (await keySet?.find("1", example.algorithm)) as CryptoKey;
      const { payload } = await compactVerify(example.jws, key);
      expect(Buffer.from(payload).toString()).toBe(rfc7515.payload);
    },
  );

  it.each(rfc7515.examples as Example[])(
    "$section: the token is denied without a kid",
    async ({ key, jws }) => {
      expect(await verifyVector(jws, { ...(key as object), kid: "1" })).toBe("kid_missing");
    },
  );

  it.each(rfc7515.rejected as Example[])("$section is denied", async ({ jws, why }) => {
    expect(await verifyVector(jws, { kty: "oct", k: "AAAA", kid: "1" })).toBe(why);
  });
});

describe("RFC 7520 section 4", () => {
  const examples = (rfc7520.examples as Example[]).filter(({ algorithm }) =>
    EVERY_ALGORITHM.includes(algorithm),
  );

  it.each(examples)("$section, $algorithm: the signature is accepted", async ({ jws, key }) => {
    expect(await verifyVector(jws, rfc7520[key])).toBe("signature accepted");
  });

  it.each(examples)(
    "$section: the signature is denied if any byte of it is changed",
    async ({ jws, key }) => {
      const [header = "", payload = "", signature = ""] = jws.split(".");
      const bytes = Buffer.from(signature, "base64url");
      for (let at = 0; at < bytes.length; at += 7) {
        const altered = Buffer.from(bytes);
        altered[at] = (altered[at] as number) ^ 1;
        const token = [header, payload, altered.toString("base64url")].join(".");
        expect(await verifyVector(token, rfc7520[key])).toBe("signature_invalid");
      }
      expect(await verifyVector([header, `A${payload.slice(1)}`, signature].join("."), rfc7520[key])).toBe(
        "signature_invalid",
      );
    },
  );

  it("rejects example 4.4, HS256, even if its key is published", async () => {
    const { jws } = (rfc7520.examples as Example[]).find(({ section }) => section === "4.4") as Example;
    const key = {
      kty: "oct",
      kid: "018c0ae5-4d9b-471b-bfd6-eef314bc7037",
      k: "hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg",
    };
    expect(await verifyVector(jws, key)).toBe("algorithm_not_allowed");
  });
});
