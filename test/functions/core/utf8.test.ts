import { describe, expect, it } from "vitest";
import { decodeUtf8 } from "../../../functions/core/utf8.ts";

describe("decodeUtf8", () => {
  it("returns the text with its byte order mark", () => {
    expect(decodeUtf8(Buffer.from("\uFEFFä€😀"))).toBe("\uFEFFä€😀");
  });

  it("returns undefined for bytes that are not UTF-8, and decodes the next text", () => {
    expect(decodeUtf8(Buffer.from([0x61, 0xe4]))).toBeUndefined();
    expect(decodeUtf8(Buffer.from([0xed, 0xa0, 0x80]))).toBeUndefined();
    expect(decodeUtf8(Buffer.from("a"))).toBe("a");
  });
});
