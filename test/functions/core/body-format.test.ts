import { describe, expect, it } from "vitest";
import { bodyFormat, firstVisible, isEventStream } from "../../../functions/core/body-format.ts";

describe("isEventStream", () => {
  it.each([
    ["text/event-stream", true],
    ["Text/Event-Stream; charset=utf-8", true],
    ["text/event-stream, text/event-stream", true],
    ["text/event-stream;charset=utf-8,", true],
    [" text/event-stream ;", true],
    ["text/event-streams", false],
    ["application/json", false],
    ["application/json, text/event-stream", false],
    ["", false],
    [undefined, false],
  ])("returns for %j: %s", (type, streams) => expect(isEventStream(type)).toBe(streams));
});

describe("bodyFormat", () => {
  const ofEnded = (text: string, type?: string) => bodyFormat(Buffer.from(text), true, type);
  const ofStart = (text: string, type?: string) => bodyFormat(Buffer.from(text), false, type);

  it.each([
    ["an object that is called an event stream", "{", "text/event-stream", "json"],
    ["a batch", " \r\n[", undefined, "json"],
    ["an object behind a byte order mark", "\ufeff{", "text/plain", "json"],
    ["an event that is called JSON", "data: {", "application/json", "event-stream"],
    ["an event of another field", "event: message\n", undefined, "event-stream"],
    ["an event behind a byte order mark", "\ufeffid: 1", "application/json", "event-stream"],
    ["a comment", ": hi", "application/json", "event-stream"],
    ["a field without a value", "data\n", undefined, "event-stream"],
    ["an unknown field of what is called an event stream", "foo: x", "text/event-stream", "event-stream"],
    ["a page", "<html>", "text/html", "json"],
    ["a text that begins like a field", "error: not found", "text/plain", "json"],
    ["a value that is not a message", "null", "application/json", "json"],
  ])("recognizes %s by the body", (_, text, type, format) => {
    expect(ofStart(text, type)).toBe(format);
    expect(ofEnded(text, type)).toBe(format);
  });

  it.each(["", " \n", "\ufeff", "d", "data", "retry"])("waits for more bytes after %j", (text) => {
    expect(ofStart(text)).toBe("unknown");
  });

  it.each(["", " \r\n\t", "\ufeff"])("is empty if the body ends after %j", (text) =>
    expect(ofEnded(text)).toBe("empty"),
  );

  it("uses the media type if the body ends within an event stream's field name", () => {
    expect([ofEnded("data"), ofEnded("data", "text/event-stream")]).toEqual(["json", "event-stream"]);
  });
});

describe("firstVisible", () => {
  it("skips white space and a byte order mark", () => {
    expect(firstVisible(Buffer.from("\ufeff \n{"))).toBe(0x7b);
    expect(firstVisible(Buffer.from("\ufeff \n"))).toBeUndefined();
  });
});
