// The hash that the signer is given, by published examples.
import { describe, expect, it } from "vitest";
import { Sha256 } from "../../../functions/platform/sha256.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const bytes = (text: string) => new TextEncoder().encode(text);

describe("Sha256", () => {
  it.each([
    ["text", "abc"],
    ["bytes", bytes("abc")],
    ["a view into a larger buffer", bytes("-abc-").subarray(1, 4)],
    ["a buffer", bytes("abc").buffer],
  ])("hashes %s (FIPS 180-4, example B.1)", async (_, source) => {
    const hash = new Sha256();
    hash.update(source);
    expect(hex(await hash.digest())).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });

  it.each([
    ["text", "Jefe"],
    ["bytes", bytes("Jefe")],
  ])("is an HMAC with a secret as %s (RFC 4231, test case 2)", async (_, secret) => {
    const hash = new Sha256(secret);
    hash.update("what do ya want ");
    hash.update("for nothing?");
    expect(hex(await hash.digest())).toBe("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  });
});
