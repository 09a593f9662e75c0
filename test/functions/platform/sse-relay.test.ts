import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openHeartbeat } from "../../../functions/platform/sse-relay.ts";

describe("openHeartbeat", () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
  afterEach(() => vi.useRealTimers());

  /** A started heartbeat whose comments are collected. */
  function open() {
    const comments: string[] = [];
    const heartbeat = openHeartbeat(15_000, (comment) => comments.push(comment));
    heartbeat.start();
    return { heartbeat, comments };
  }

  it("sends a comment after each silence of the interval", () => {
    const { comments } = open();
    vi.advanceTimersByTime(14_999);
    expect(comments).toEqual([]);
    vi.advanceTimersByTime(1);
    vi.advanceTimersByTime(15_000);
    expect(comments).toEqual([": keep-alive\n\n", ": keep-alive\n\n"]);
  });

  it("counts the silence from the last chunk", () => {
    const { heartbeat, comments } = open();
    vi.advanceTimersByTime(14_000);
    heartbeat.sent(Buffer.from("data: 1\n\n"));
    vi.advanceTimersByTime(14_999);
    expect(comments).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(comments).toEqual([": keep-alive\n\n"]);
  });

  it.each([
    ["LF", ["data: 1\n\n"], true],
    ["CRLF", ["data: 1\r\n\r\n"], true],
    ["CR", ["data: 1\r\r"], true],
    ["an end in two chunks", ["data: 1\n", "\n"], true],
    ["CRLF in four chunks", ["data: 1\r", "\n", "\r", "\n"], true],
    ["half an event", ["data: 1\n"], false],
    ["half an event after a whole one", ["data: 1\n\nda"], false],
    ["the first half of CRLF CRLF", ["data: 1\r\n"], false],
    ["a value that is cut", ["data: {"], false],
  ])("sends comments only between events: after %s", (_, chunks, comment) => {
    const { heartbeat, comments } = open();
    for (const chunk of chunks) heartbeat.sent(Buffer.from(chunk));
    vi.advanceTimersByTime(15_000);
    expect(comments).toHaveLength(comment ? 1 : 0);
  });

  it("counts nothing before its start, but knows what was sent by then", () => {
    const comments: string[] = [];
    const heartbeat = openHeartbeat(15_000, (comment) => comments.push(comment));
    heartbeat.sent(Buffer.from("data: half"));
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(60_000);
    heartbeat.start();
    vi.advanceTimersByTime(15_000);
    expect(comments).toEqual([]);
    heartbeat.sent(Buffer.from("\n\n"));
    vi.advanceTimersByTime(15_000);
    expect(comments).toEqual([": keep-alive\n\n"]);
    heartbeat.stop();
  });

  it("can be stopped before its start", () => {
    openHeartbeat(15_000, () => {}).stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("leaves no timer behind", () => {
    open().heartbeat.stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});
