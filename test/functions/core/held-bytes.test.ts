// A body that arrives byte by byte takes little more memory than one that arrives at once, wherever it is held.
import { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { memberResponseText } from "../../../functions/combined/member-messages.ts";
import type { BodyFilter } from "../../../functions/core/body-filter.ts";
import { holdBytes } from "../../../functions/core/held-bytes.ts";
import { createSseFilter } from "../../../functions/core/sse-filter.ts";
import { createTaskFilter } from "../../../functions/core/task-filter.ts";
import { createWatchedBody } from "../../../functions/core/watched-body.ts";
import { holdBody } from "../../../functions/platform/held-body.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const CHUNKS = 100_000;
const MAX_GROWTH = 5_000_000;
const LIMITS = { maxBytes: 16_000_000, maxMs: 60_000 };
const PARTS = { maxBytes: LIMITS.maxBytes, change: (data: string) => data, errorFor: () => "{}" };

/** Bytes of memory in use. */
function used(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe("a body of 100,000 chunks of one byte takes less than 5 MB", () => {
  it.each<[string, BodyFilter, string]>([
    ["an event with a list", createSseFilter(PARTS), "data: "],
    ["an event with tasks", createTaskFilter("event-stream", (text) => text), "data: "],
    ["a message with tasks", createTaskFilter("json", (text) => text), "{"],
    ["a list in the response to another request", createWatchedBody(PARTS), '{"result":{"tools":['],
  ])("as %s", (_name, filter, start) => {
    filter.push(Buffer.from(start));
    const before = used();
    for (let at = 0; at < CHUNKS; at++) filter.push(Buffer.from("x"));
    expect(used() - before).toBeLessThan(MAX_GROWTH);
    // Still in use.
    expect(filter).toBeDefined();
  });

  it.each<[string, (body: Readable) => Promise<unknown>]>([
    ["a response that is read before its status is sent", (body) => holdBody(body, () => false, LIMITS)],
    [
      "a member's response",
      (body) => memberResponseText({ status: 200, headers: {}, body } as never, () => {}),
    ],
  ])("as %s", async (_name, read) => {
    const body = new Readable({ read() {} });
    const reading = read(body);
    const before = used();
    for (let at = 0; at < CHUNKS; at++) {
      body.push("x");
      // Each byte is read before the next arrives.
      await setImmediate();
    }
    expect(used() - before).toBeLessThan(MAX_GROWTH);
    body.push(null);
    await reading;
  });
});

it("held bytes are returned once, in order, however many chunks there are", () => {
  const held = holdBytes();
  const parts = Array.from({ length: 5_000 }, (_, at) => `${at},`);
  for (const part of parts) held.add(Buffer.from(part));
  expect(held.length).toBe(parts.join("").length);
  expect(held.take().toString()).toBe(parts.join(""));
  expect([held.length, held.take().length]).toEqual([0, 0]);
});
