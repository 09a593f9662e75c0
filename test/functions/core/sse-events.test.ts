import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSseSplitter, mapEventData } from "../../../functions/core/sse-events.ts";

/** The events of a stream that arrives in these pieces. */
function split(...pieces: string[]) {
  const splitter = createSseSplitter(1000);
  return { events: pieces.flatMap((piece) => splitter.push(piece)), rest: splitter.rest() };
}

describe("createSseSplitter", () => {
  it.each([
    ["LF", "data: a\n\n", "data: b\n\n"],
    ["CRLF", "data: a\r\n\r\n", "data: b\r\n\r\n"],
    ["both kinds mixed", "data: a\r\n\n", "data: b\n\r\n"],
    ["several lines each", "id: 1\ndata: a\ndata: a2\n\n", ": note\ndata: b\n\n"],
  ])("cuts events that end in %s, as sent", (_, first, second) => {
    expect(split(first + second)).toEqual({ events: [first, second], rest: "" });
  });

  it("cuts events that end in CR once the next one has begun", () => {
    expect(split("data: a\r\rdata: b\r\r")).toEqual({ events: ["data: a\r\r"], rest: "data: b\r\r" });
  });

  it("keeps what is not complete", () => {
    expect(split("data: a\n\ndata: b\n")).toEqual({ events: ["data: a\n\n"], rest: "data: b\n" });
  });

  it("does not cut CRLF in two where a chunk ends between", () => {
    expect(split("data: a\r\n\r", "\ndata: b\r", "\n\r\n")).toEqual({
      events: ["data: a\r\n\r\n", "data: b\r\n\r\n"],
      rest: "",
    });
  });

  it("gives each event with the push that completes it", () => {
    const splitter = createSseSplitter(1000);
    expect(splitter.push("data: a\n")).toEqual([]);
    expect(splitter.push("\n")).toEqual(["data: a\n\n"]);
    expect(splitter.push("")).toEqual([]);
  });

  it("finds an end that spans many pieces of one character", () => {
    expect(split(..."data: a\r\n\r\ndata: b\n\n")).toEqual({
      events: ["data: a\r\n\r\n", "data: b\n\n"],
      rest: "",
    });
  });

  it("takes an unfinished event of the limit and refuses one character more", () => {
    const splitter = createSseSplitter(10);
    expect(splitter.push("0123456789")).toEqual([]);
    expect(() => splitter.push("0")).toThrow("an event of more than 10 characters");
  });

  it("loses, adds and reorders nothing, however the stream is cut", () => {
    const line = fc.constantFrom("data: x\n", "data: y\r\n", "\n", "\r\n", "\r", ": c\n", "id: 1\n", "data");
    const pieces = fc.array(fc.array(line, { maxLength: 4 }).map((lines) => lines.join("")));
    fc.assert(
      fc.property(pieces, fc.integer({ min: 1, max: 5 }), (parts, step) => {
        const whole = parts.join("");
        const cut = whole.match(new RegExp(`[^]{1,${step}}`, "g")) ?? [];
        const { events, rest } = split(...cut);
        expect(events.join("") + rest).toBe(whole);
        expect(events).toEqual(split(whole).events);
      }),
    );
  });
});

describe("mapEventData", () => {
  const upper = (data: string) => data.toUpperCase();

  it.each([
    ["one line", "data: a\n\n", "data: A\n\n"],
    ["no space after the colon", "data:a\n\n", "data: A\n\n"],
    ["a second space, which is data", "data:  a\n\n", "data:  A\n\n"],
    ["several lines", "data: a\ndata: b\n\n", "data: A\ndata: B\n\n"],
    ["an empty line of data", "data: a\ndata\ndata: b\n\n", "data: A\ndata: \ndata: B\n\n"],
    [
      "id, event and comment beside it",
      ": note\nid: x1\nevent: message\ndata: a\n\n",
      ": note\nid: x1\nevent: message\ndata: A\n\n",
    ],
    ["CRLF", "id: x\r\ndata: a\r\n\r\n", "id: x\ndata: A\n\n"],
    ["CR", "id: x\rdata: a\r\r", "id: x\ndata: A\n\n"],
    ["another field that begins with a byte order mark", "\ufeffdata: x\ndata: a\n\n", "data: A\n\n"],
    ["an empty line in front of it", "\r\ndata: a\n\n", "data: A\n\n"],
    ["no blank line at the end", "data: a", "data: A\n\n"],
    ["a colon in the data", "data: a:b\n\n", "data: A:B\n\n"],
  ])("changes the data of an event with %s", (_, event, changed) => {
    expect(mapEventData(event, upper)).toBe(changed);
  });

  it("joins the lines of the data for the function", () => {
    const seen: string[] = [];
    mapEventData('data: {"a":\nid: 1\ndata: 1}\n\n', (data) => {
      seen.push(data);
      return data;
    });
    expect(seen).toEqual(['{"a":\n1}']);
  });

  it.each([
    ["data that does not change", "id: 1\r\ndata: A\r\n\r\n"],
    ["a comment alone", ": keep-alive\n\n"],
    ["no data", "event: ping\n\n"],
    ["empty data", "id: 5\ndata:\n\n"],
    ["a field that only begins like data", "database: a\n\n"],
    ["a field in another case", "DATA: a\n\n"],
  ])("leaves an event with %s as it is, byte for byte", (_, event) => {
    expect(mapEventData(event, upper)).toBe(event);
  });

  it.each([": keep-alive\n\n", "event: ping\r\n\r\n", "id: 5\ndata:\n\n"])(
    "does not give data to an event that has none: %j",
    (event) => expect(mapEventData(event, () => "changed")).toBe(event),
  );
});
