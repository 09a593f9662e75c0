import { crc32 } from "node:zlib";
import { expect, test } from "vitest";
import { SAMPLE_PNG, SAMPLE_WAV } from "../../../local/downstream/sample-media.ts";

test("the image is a PNG whose chunks have the right checksums", () => {
  const png = Buffer.from(SAMPLE_PNG, "base64");
  expect(png.subarray(0, 8)).toEqual(Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]));
  const types: string[] = [];
  for (let at = 8; at < png.length; ) {
    const end = at + 8 + png.readUInt32BE(at);
    types.push(png.toString("ascii", at + 4, at + 8));
    expect(png.readUInt32BE(end)).toBe(crc32(png.subarray(at + 4, end)));
    at = end + 4;
  }
  expect(types).toEqual(["IHDR", "IDAT", "IEND"]);
});

test("the audio is a WAV of the length that its header says", () => {
  const wav = Buffer.from(SAMPLE_WAV, "base64");
  expect(wav.toString("ascii", 0, 4)).toBe("RIFF");
  expect(wav.readUInt32LE(4)).toBe(wav.length - 8);
  expect(wav.readUInt32LE(40)).toBe(wav.length - 44);
});
