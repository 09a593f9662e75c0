import { describe, expect, it } from "vitest";
import { blockFaults } from "../../../support/config-blocks.ts";

const RSA_KEY = { kty: "RSA", kid: "r1", n: "x".repeat(342), e: "AQAB" };
const EC_KEY = { kty: "EC", crv: "P-256", kid: "e1", x: "abc", y: "def", use: "sig" };
const OKP_KEY = { kty: "OKP", crv: "Ed25519", kid: "o1", x: "abc" };

describe("inline JWKS keys", () => {
  it.each<[string, unknown, string, string]>([
    ["no keys", { keys: [] }, "jwks.keys", "expected at least one of public keys"],
    ["keys left out", {}, "jwks.keys", "required, but missing. Public signing keys"],
    [
      "a key that is not an object",
      { keys: ["x"] },
      "jwks.keys[0]",
      "expected a public key as a JSON Web Key object, got a string.",
    ],
    [
      "a private key",
      { keys: [{ ...EC_KEY, d: "hunter2" }] },
      "jwks.keys[0]",
      "contains private members (d)",
    ],
    ["a list in place of a key", { keys: [[]] }, "jwks.keys[0]", "Key object, got an empty array."],
    [
      "a key with several private members",
      { keys: [{ ...RSA_KEY, d: "hunter2", p: "hunter2" }] },
      "jwks.keys[0]",
      "this key contains private members (d, p). Include only the public key, and rotate this key: it has been exposed.",
    ],
    ["a kid of another type", { keys: [{ ...EC_KEY, kid: 5 }] }, "jwks.keys[0]", "got the number 5."],
    [
      "a member of another type",
      { keys: [{ ...OKP_KEY, x: 5 }] },
      "jwks.keys[0]",
      'needs "x", got a number.',
    ],
    [
      "a key without type",
      { keys: [{ kid: "k" }] },
      "jwks.keys[0]",
      'expected "kty" to be "RSA", "EC" or "OKP", got nothing.',
    ],
    [
      "an RSA key that is one byte short",
      { keys: [{ ...RSA_KEY, n: "x".repeat(340) }] },
      "jwks.keys[0]",
      "expected an RSA key of at least 2048 bits, got about 2040.",
    ],
    [
      "an RSA key that is padded to length",
      { keys: [{ ...RSA_KEY, n: `${"x".repeat(340)}====` }] },
      "jwks.keys[0]",
      "got about 2040.",
    ],
    [
      "a fourth kid that stands third already",
      { keys: [RSA_KEY, EC_KEY, OKP_KEY, { ...EC_KEY, kid: "o1" }] },
      "jwks.keys[3]",
      'the "kid" "o1"',
    ],
    ["an unknown key beside the list", { keys: [EC_KEY], url: "x" }, "jwks.url", "unknown key."],
    [
      "a symmetric key",
      { keys: [{ kty: "oct", kid: "k", k: "hunter2" }] },
      "jwks.keys[0]",
      "contains private members (k)",
    ],
    [
      "an unknown type",
      { keys: [{ kty: "DSA", kid: "k" }] },
      "jwks.keys[0]",
      'expected "kty" to be "RSA", "EC" or "OKP", got "DSA".',
    ],
    [
      "a type that every object has",
      { keys: [{ kty: "toString", kid: "k" }] },
      "jwks.keys[0]",
      'expected "kty"',
    ],
    [
      "a missing member",
      { keys: [{ ...EC_KEY, y: undefined }] },
      "jwks.keys[0]",
      'a key of type EC needs "y", got nothing.',
    ],
    [
      "an empty member",
      { keys: [{ ...EC_KEY, y: "" }] },
      "jwks.keys[0]",
      'a key of type EC needs "y", got an empty string.',
    ],
    ["no kid", { keys: [{ ...EC_KEY, kid: undefined }] }, "jwks.keys[0]", 'expected "kid"'],
    ["an empty kid", { keys: [{ ...EC_KEY, kid: "" }] }, "jwks.keys[0]", 'expected "kid"'],
    [
      "a kid that stands twice",
      { keys: [EC_KEY, { ...OKP_KEY, kid: "e1" }] },
      "jwks.keys[1]",
      'the "kid" "e1" is used by more than one key',
    ],
    [
      "an encryption key",
      { keys: [{ ...EC_KEY, use: "enc" }] },
      "jwks.keys[0]",
      'expected "use" to be "sig" or absent, got "enc".',
    ],
    [
      "a short RSA key",
      { keys: [{ ...RSA_KEY, n: "x".repeat(171) }] },
      "jwks.keys[0]",
      "expected an RSA key of at least 2048 bits, got about 1024.",
    ],
    [
      "an RSA key with the exponent 3",
      { keys: [{ ...RSA_KEY, e: "Aw" }] },
      "jwks.keys[0]",
      'expected "e" to be odd and at least 65537',
    ],
    [
      "an RSA key with an even exponent",
      { keys: [{ ...RSA_KEY, e: "AQAA" }] },
      "jwks.keys[0]",
      'expected "e" to be odd and at least 65537',
    ],
    ["an RSA key whose modulus is null", { keys: [{ ...RSA_KEY, n: null }] }, "jwks.keys[0]", 'needs "n"'],
  ])("reject %s", (_name, jwks, path, message) => {
    const faults = blockFaults({ jwksUri: undefined, jwks });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(`${path}: `);
    expect(faults[0]).toContain(message);
    expect(faults[0]).not.toContain("hunter2");
  });

  it.each(["d", "p", "q", "dp", "dq", "qi", "oth", "k"])("reject the private member %s", (member) => {
    expect(blockFaults({ jwksUri: undefined, jwks: { keys: [{ ...EC_KEY, [member]: "hunter2" }] } })).toEqual(
      [
        `jwks.keys[0]: this key contains private members (${member}). Include only the public key, and rotate this key: it has been exposed.`,
      ],
    );
  });

  it.each([
    [RSA_KEY, "n"],
    [RSA_KEY, "e"],
    [EC_KEY, "crv"],
    [EC_KEY, "x"],
    [EC_KEY, "y"],
    [OKP_KEY, "crv"],
    [OKP_KEY, "x"],
  ])("with kty %j require %s", (key, member) => {
    expect(blockFaults({ jwksUri: undefined, jwks: { keys: [{ ...key, [member]: undefined }] } })).toEqual([
      `jwks.keys[0]: a key of type ${key.kty} needs "${member}", got nothing.`,
    ]);
  });

  it("accept null members, which count as absent, and can be listed twice", () => {
    const nulls = { use: null, d: null, k: null };
    const keys = [{ ...RSA_KEY, ...nulls }, EC_KEY, EC_KEY, RSA_KEY];
    expect(blockFaults({ jwksUri: undefined, jwks: { keys } })).toEqual([]);
  });

  it("are all validated", () => {
    const keys = [EC_KEY, { ...OKP_KEY, use: "enc" }, { ...RSA_KEY, kid: "e1", n: "x" }];
    expect(blockFaults({ jwksUri: undefined, jwks: { keys } })).toEqual([
      'jwks.keys[1]: expected "use" to be "sig" or absent, got "enc".',
      'jwks.keys[2]: the "kid" "e1" is used by more than one key. Give each key a unique "kid".',
      "jwks.keys[2]: expected an RSA key of at least 2048 bits, got about 0.",
    ]);
  });

  it("of other types than RSA can have any length", () => {
    expect(blockFaults({ jwksUri: undefined, jwks: { keys: [{ ...EC_KEY, n: "AQAB" }] } })).toEqual([]);
  });

  it("report an RSA key without a modulus once", () => {
    const faults = blockFaults({ jwksUri: undefined, jwks: { keys: [{ ...RSA_KEY, n: 5 }] } });
    expect(faults).toEqual(['jwks.keys[0]: a key of type RSA needs "n", got a number.']);
  });
});
