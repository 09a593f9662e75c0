import { PassThrough, Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { HoldTimeout, holdBody, wholeBody } from "../../../functions/platform/held-body.ts";
import { bodyAtHand, bodyOf, readBody, textOf } from "../../support/answer-bodies.ts";

const LIMITS = { maxBytes: 10, maxMs: 60_000 };

describe("holdBody", () => {
  it("holds a body to its end where nothing is enough, and gives it again", async () => {
    const held = await holdBody(bodyOf(Readable.from(["ab", "cd"])), () => false, LIMITS);
    expect([held.start.toString(), held.hasEnded]).toEqual(["abcd", true]);
    expect(await textOf(held.body)).toBe("abcd");
  });

  it("holds a body until enough has come, and gives all of it", async () => {
    const stream = new PassThrough();
    const holding = holdBody(bodyOf(stream), (chunk) => chunk.includes("b"), LIMITS);
    stream.write("a");
    stream.write("b");
    const held = await holding;
    expect([held.start.toString(), held.hasEnded]).toEqual(["ab", false]);
    const reading = textOf(held.body);
    stream.end("c".repeat(20));
    expect(await reading).toBe(`ab${"c".repeat(20)}`);
  });

  it("rejects and closes a body that has more than the bound", async () => {
    const stream = new PassThrough();
    const holding = holdBody(bodyOf(stream), () => false, LIMITS);
    stream.write("x".repeat(10));
    stream.write("x");
    await expect(holding).rejects.toThrow("a response of more than 10 bytes");
    expect(stream.destroyed).toBe(true);
  });

  it("rejects and closes a body that takes too long", async () => {
    const stream = new PassThrough();
    const holding = holdBody(bodyOf(stream), () => false, { ...LIMITS, maxMs: 20 });
    stream.write("x");
    await expect(holding).rejects.toThrow(new HoldTimeout("no complete response after 20 ms"));
    expect(stream.destroyed).toBe(true);
  });

  it("rejects where the body fails before enough has come", async () => {
    const stream = new PassThrough();
    const holding = holdBody(bodyOf(stream), () => false, LIMITS);
    stream.destroy(new Error("reset"));
    await expect(holding).rejects.toThrow("reset");
  });

  it("hands on what comes, ends and fails between holding and reading", async () => {
    const held = (finish: "end" | "fail") =>
      holdBody(
        bodyAtHand((reader) => {
          reader.data(Buffer.from("a"));
          reader.data(Buffer.from("b"));
          if (finish === "end") reader.end();
          else reader.fail(new Error("reset"));
        }),
        () => true,
        LIMITS,
      );
    expect(await textOf((await held("end")).body)).toBe("ab");
    const recorded = readBody((await held("fail")).body);
    expect([recorded.text(), recorded.failures.map(String)]).toEqual(["ab", ["Error: reset"]]);
  });

  it("hands on a failure that comes while it is read", async () => {
    const stream = new PassThrough();
    const holding = holdBody(bodyOf(stream), () => true, LIMITS);
    stream.write("a");
    const recorded = readBody((await holding).body);
    stream.destroy(new Error("reset"));
    expect(String(await recorded.failed)).toBe("Error: reset");
  });

  it("pauses while nobody reads, and leaves a reader that pauses paused", async () => {
    const body = bodyAtHand((reader) => reader.data(Buffer.from("a")));
    const held = await holdBody(body, () => true, LIMITS);
    expect(body.pause).toHaveBeenCalledTimes(1);
    held.body.read({ data: () => held.body.pause(), end() {}, fail() {} });
    expect(body.resume).not.toHaveBeenCalled();
    held.body.resume();
    expect(body.resume).toHaveBeenCalledTimes(1);
  });

  it("gives nothing more to a reader that closes it", async () => {
    const body = bodyAtHand((reader) => {
      for (const part of ["a", "b", "c"]) reader.data(Buffer.from(part));
    });
    const held = await holdBody(body, () => true, LIMITS);
    const seen: string[] = [];
    const reader = {
      data(chunk: Buffer) {
        seen.push(String(chunk));
        held.body.destroy();
      },
      end: () => seen.push("end"),
      fail: () => seen.push("fail"),
    };
    held.body.read(reader);
    expect(seen).toEqual(["a"]);
    expect(body.destroy).toHaveBeenCalledTimes(1);
    expect(body.resume).not.toHaveBeenCalled();
  });
});

describe("wholeBody", () => {
  it("gives its bytes once and ends", async () => {
    expect(await textOf(wholeBody(Buffer.from("abc")))).toBe("abc");
    const empty = readBody(wholeBody(Buffer.alloc(0)));
    expect([empty.chunks, empty.ends]).toEqual([[], 1]);
  });
});
