// The stages of a response body: filter, byte counter and heartbeat, each as a stream of its own.
import type { Transform } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { counterStage, filterStage, heartbeatStage } from "../../../functions/platform/stream-stages.ts";

/** Collects what a stage gives. */
function collect(stage: Transform): { text(): string } {
  const chunks: Buffer[] = [];
  stage.on("data", (chunk) => chunks.push(Buffer.from(chunk)));
  return { text: () => Buffer.concat(chunks).toString() };
}

const ended = (stage: Transform) =>
  new Promise<unknown>((resolve) => stage.on("end", resolve).on("error", resolve));

it("the filter stage gives what the filter makes of each part and of the end", async () => {
  const filter = { push: (chunk: Buffer) => [Buffer.from(`<${chunk}>`)], rest: () => [Buffer.from("end")] };
  const stage = filterStage(filter);
  const out = collect(stage);
  stage.write("a");
  stage.end("b");
  await ended(stage);
  expect(out.text()).toBe("<a><b>end");
});

it.each(["push", "rest"])("the filter stage fails where %s throws", async (method) => {
  const filter = { push: () => [], rest: () => [] };
  const stage = filterStage({
    ...filter,
    [method]: () => {
      throw new Error("unreadable");
    },
  });
  collect(stage);
  stage.end("a");
  expect(await ended(stage)).toMatchObject({ message: "unreadable" });
});

it("the counter stage reports sizes and changes nothing", async () => {
  const sizes: number[] = [];
  const stage = counterStage((bytes) => sizes.push(bytes));
  const out = collect(stage);
  stage.write("ab");
  stage.end("é");
  await ended(stage);
  expect([out.text(), sizes]).toEqual(["abé", [2, 2]]);
});

describe("the heartbeat stage", () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
  afterEach(() => vi.useRealTimers());
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  it("sends a comment after each silence of the interval, counted from the last part", async () => {
    const stage = heartbeatStage(15_000).stage;
    const out = collect(stage);
    vi.advanceTimersByTime(14_999);
    stage.write("data: 1\n\n");
    await turn();
    vi.advanceTimersByTime(14_999);
    await turn();
    expect(out.text()).toBe("data: 1\n\n");
    vi.advanceTimersByTime(1);
    await turn();
    vi.advanceTimersByTime(15_000);
    await turn();
    expect(out.text()).toBe("data: 1\n\n: keep-alive\n\n: keep-alive\n\n");
    stage.destroy();
  });

  it.each([
    ["LF", ["data: 1\n\n"], true],
    ["CRLF", ["data: 1\r\n\r\n"], true],
    ["CR", ["data: 1\r\r"], true],
    ["an end in two parts", ["data: 1\n", "\n"], true],
    ["CRLF in four parts", ["data: 1\r", "\n", "\r", "\n"], true],
    ["half an event", ["data: 1\n"], false],
    ["half an event after a whole one", ["data: 1\n\nda"], false],
    ["the first half of CRLF CRLF", ["data: 1\r\n"], false],
    ["a value that is cut", ["data: {"], false],
  ])("sends comments only between events: after %s", async (_, parts, comment) => {
    const stage = heartbeatStage(15_000).stage;
    const out = collect(stage);
    for (const part of parts) stage.write(part);
    await turn();
    vi.advanceTimersByTime(15_000);
    await turn();
    expect(out.text()).toBe(parts.join("") + (comment ? ": keep-alive\n\n" : ""));
    stage.destroy();
  });

  it("sends none while nobody reads, and stops with the stream", async () => {
    const stage = heartbeatStage(15_000).stage;
    stage.write("data: 1\n\n");
    await turn();
    vi.advanceTimersByTime(60_000);
    const out = collect(stage);
    await turn();
    expect(out.text()).toBe("data: 1\n\n");
    stage.end();
    await turn();
    expect(vi.getTimerCount()).toBe(0);
    heartbeatStage(15_000).stage.destroy();
    await turn();
    expect(vi.getTimerCount()).toBe(0);
  });
});
