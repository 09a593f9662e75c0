import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { HoldTimeout, holdBody, wholeBody } from "../../../functions/platform/held-body.ts";

const LIMITS = { maxBytes: 10, maxMs: 60_000 };

describe("holdBody", () => {
  it("buffers a body to its end if the condition is never met, and returns all of it", async () => {
    const held = await holdBody(Readable.from([Buffer.from("ab"), Buffer.from("cd")]), () => false, LIMITS);
    expect([held.start.toString(), held.hasEnded]).toEqual(["abcd", true]);
    expect(await text(held.body)).toBe("abcd");
  });

  it("buffers a body until the condition is met, and returns all of it", async () => {
    const stream = new PassThrough();
    const holding = holdBody(stream, (chunk) => chunk.includes("b"), LIMITS);
    stream.write("a");
    stream.write("b");
    const held = await holding;
    expect(held.hasEnded).toBe(false);
    const reading = text(held.body);
    stream.end("c".repeat(20));
    expect(await reading).toBe(`ab${"c".repeat(20)}`);
  });

  it("returns all of a body that ended while its start was buffered", async () => {
    const stream = new PassThrough();
    stream.write("a");
    stream.end("b");
    const held = await holdBody(stream, () => true, LIMITS);
    await new Promise((resolve) => setImmediate(resolve));
    expect(await text(held.body)).toBe("ab");
  });

  it("throws for a body over the size limit and closes it", async () => {
    const stream = new PassThrough();
    const holding = holdBody(stream, () => false, LIMITS);
    stream.write("x".repeat(10));
    stream.write("x");
    await expect(holding).rejects.toThrow("response exceeds 10 bytes");
    expect(stream.destroyed).toBe(true);
  });

  it("throws for a body that takes too long and closes it", async () => {
    const stream = new PassThrough();
    const holding = holdBody(stream, () => false, { ...LIMITS, maxMs: 20 });
    stream.write("x");
    await expect(holding).rejects.toThrow(new HoldTimeout("no complete response after 20 ms"));
    expect(stream.destroyed).toBe(true);
  });

  it("throws if the body fails before the condition is met", async () => {
    const stream = new PassThrough();
    const holding = holdBody(stream, () => false, LIMITS);
    stream.destroy(new Error("reset"));
    await expect(holding).rejects.toThrow("reset");
  });

  it("passes on a failure after the condition was met", async () => {
    const stream = new PassThrough();
    const holding = holdBody(stream, () => true, LIMITS);
    stream.write("a");
    const { body } = await holding;
    const reading = text(body);
    stream.destroy(new Error("reset"));
    await expect(reading).rejects.toThrow("reset");
  });
});

describe("wholeBody", () => {
  it.each(["abc", ""])("returns its bytes once and ends: %j", async (bytes) => {
    expect(await text(wholeBody(Buffer.from(bytes)))).toBe(bytes);
  });
});
