// Comments on idle event streams: when, and when not.
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startHeartbeat } from "../../../functions/platform/heartbeat.ts";

beforeEach(() => vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
afterEach(() => vi.useRealTimers());
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A stream with a heartbeat every 15 seconds, whose reader reads at once. */
function openStream() {
  const out = new PassThrough();
  const chunks: Buffer[] = [];
  out.on("data", (chunk) => chunks.push(chunk));
  const heartbeat = startHeartbeat(out, 15_000);
  const write = (part: string) => {
    out.write(part);
    heartbeat.sent(Buffer.from(part));
  };
  return { out, heartbeat, write, text: () => Buffer.concat(chunks).toString() };
}

it("sends a comment after each interval without data, counted from the last chunk", async () => {
  const { heartbeat, write, text } = openStream();
  vi.advanceTimersByTime(14_999);
  write("data: 1\n\n");
  await turn();
  vi.advanceTimersByTime(14_999);
  await turn();
  expect(text()).toBe("data: 1\n\n");
  vi.advanceTimersByTime(1);
  await turn();
  vi.advanceTimersByTime(15_000);
  await turn();
  expect(text()).toBe("data: 1\n\n: keep-alive\n\n: keep-alive\n\n");
  heartbeat.stop();
  expect(vi.getTimerCount()).toBe(0);
});

describe("sends heartbeat comments only between events:", () => {
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
  ])("after %s", async (_, parts, comment) => {
    const { heartbeat, write, text } = openStream();
    for (const part of parts) write(part);
    await turn();
    expect(heartbeat.isBetweenEvents()).toBe(comment);
    vi.advanceTimersByTime(15_000);
    await turn();
    expect(text()).toBe(parts.join("") + (comment ? ": keep-alive\n\n" : ""));
    heartbeat.stop();
  });
});

it("sends no heartbeat comment to a client that does not read", () => {
  const out = new PassThrough({ writableHighWaterMark: 4, readableHighWaterMark: 4 });
  const heartbeat = startHeartbeat(out, 15_000);
  for (const part of ["data: 1\n\n", "data: 2\n\n"]) {
    out.write(part);
    heartbeat.sent(Buffer.from(part));
  }
  const waiting = out.writableLength;
  vi.advanceTimersByTime(60_000);
  expect(out.writableLength).toBe(waiting);
  heartbeat.stop();
});
