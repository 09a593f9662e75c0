import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSseSplitter, readEvent, withData } from "../../../functions/core/sse-events.ts";

/** The events of a stream that arrives in these pieces, and what is left. */
function split(...pieces: string[]) {
  const splitter = createSseSplitter();
  const events = pieces.flatMap((piece) => splitter.push(Buffer.from(piece, "latin1")));
  return { events: events.map(String), rest: splitter.take().toString() };
}

describe("createSseSplitter", () => {
  it.each([
    ["LF", "data: a\n\n", "data: b\n\n"],
    ["CR", "data: a\r\r", "data: b\r\r"],
    ["CRLF", "data: a\r\n\r\n", "data: b\r\n\r\n"],
    ["both kinds mixed", "data: a\r\n\n", "data: b\n\r\n"],
    ["several lines each", "id: 1\ndata: a\ndata: a2\n\n", ": note\ndata: b\n\n"],
  ])("splits events that end in %s and keeps their bytes", (_, first, second) => {
    expect(split(first + second)).toEqual({ events: [first, second], rest: "" });
  });

  it("keeps an incomplete event", () => {
    expect(split("data: a\n\ndata: b\n")).toEqual({ events: ["data: a\n\n"], rest: "data: b\n" });
  });

  it("does not treat the LF of a CRLF that arrives later as a line", () => {
    expect(split("data: a\r\n\r", "\ndata: b\r", "\n\r\n")).toEqual({
      events: ["data: a\r\n\r", "\ndata: b\r\n\r\n"],
      rest: "",
    });
  });

  it("returns each event with the push that completes it", () => {
    const splitter = createSseSplitter();
    expect(splitter.push(Buffer.from("data: a\n"))).toEqual([]);
    expect(splitter.pendingBytes).toBe(8);
    expect(splitter.push(Buffer.from("\n")).map(String)).toEqual(["data: a\n\n"]);
    expect(splitter.push(Buffer.from(""))).toEqual([]);
    expect(splitter.pendingBytes).toBe(0);
  });

  it("finds the end of an event in chunks of one character", () => {
    expect(split(..."data: a\r\n\r\ndata: b\n\n").events).toEqual(["data: a\r\n\r", "\ndata: b\n\n"]);
  });

  it("finds the end of an event of which a part was already taken", () => {
    const splitter = createSseSplitter();
    splitter.push(Buffer.from("data: a\n"));
    expect(splitter.take().toString()).toBe("data: a\n");
    expect(splitter.push(Buffer.from("\ndata: b\n\n")).map(String)).toEqual(["\n", "data: b\n\n"]);
  });

  it("returns chunks of complete events without copying them", () => {
    const chunk = Buffer.from("data: a\n\ndata: b\n\n");
    for (const event of createSseSplitter().push(chunk)) expect(event.buffer).toBe(chunk.buffer);
  });

  it("scans each byte once: earlier bytes are not scanned again with the next chunk", () => {
    const splitter = createSseSplitter();
    const first = Buffer.from("data: first");
    splitter.push(first);
    first.fill("\n");
    expect(splitter.push(Buffer.from(" second"))).toEqual([]);
    expect(splitter.pendingBytes).toBe(18);
  });

  it("loses, adds and reorders nothing, however the stream is split", () => {
    const line = fc.constantFrom("data: x\n", "data: y\r\n", "\n", "\r\n", "\r", ": c\n", "id: 1\n", "data");
    const pieces = fc.array(fc.array(line, { maxLength: 4 }).map((lines) => lines.join("")));
    fc.assert(
      fc.property(pieces, fc.integer({ min: 1, max: 5 }), (parts, step) => {
        const whole = parts.join("");
        const cut = split(...(whole.match(new RegExp(`[^]{1,${step}}`, "g")) ?? []));
        expect(cut.events.join("") + cut.rest).toBe(whole);
        const linesOf = ({ events }: { events: string[] }) =>
          events.map((event) => event.split(/[\r\n]+/).filter(Boolean)).filter(({ length }) => length > 0);
        if (!/\r$/.test(whole)) expect(linesOf(cut)).toEqual(linesOf(split(whole)));
      }),
    );
  });
});

describe("readEvent", () => {
  it.each([
    ["one line", "data: a\n\n", "a"],
    ["no space after the colon", "data:a\n\n", "a"],
    ["a second space, which is data", "data:  a\n\n", " a"],
    ["several lines", "data: a\r\ndata: b\r\n\r\n", "a\nb"],
    ["an empty line of data", "data: a\ndata\ndata: b\n\n", "a\n\nb"],
    ["other fields beside it", ": note\rid: x1\revent: message\rdata: a\r\r", "a"],
    ["no blank line at the end", "data: a", "a"],
    ["a colon in the data", "data: a:b\n\n", "a:b"],
    ["a comment alone", ": keep-alive\n\n", ""],
    ["no data", "event: ping\n\n", ""],
    ["a field that only begins like data", "database: a\n\n", ""],
  ])("joins the data of an event with %s", (_, event, data) => {
    expect(readEvent(event)).toMatchObject({ data, isClear: true });
  });

  it.each([
    ...["DATA: a", "Data", " data: a", "data : a", "\ufeffdata: a", "\tdata\t:a", "\0data: a"],
    ...["\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"].map((end) => `: x${end}data: a`),
  ])("reports a line that some readers parse as data: %j", (line) =>
    expect(readEvent(`data: x\n${line}\n\n`)).toMatchObject({ data: "x", isClear: false }),
  );
});

// Split into 8 million lines, it took 550 MB.
it("reads a line of 8 million characters that only some readers take for line ends", () => {
  expect(readEvent(`data: a\nx${"\v".repeat(8_000_000)}`)).toMatchObject({ data: "a", isClear: true });
});

describe("withData", () => {
  it.each([
    ["one line", "data:a\n\n", "b", "data: b\n\n"],
    ["several lines", "data: a\ndata: b\n\n", "c\nd", "data: c\ndata: d\n\n"],
    [
      "id, event, retry and a comment",
      ": n\nid: 1\nevent: e\nretry: 5\ndata: a\n\n",
      "b",
      ": n\nid: 1\nevent: e\nretry: 5\ndata: b\n\n",
    ],
    ["no data", "id: 1\ndata: a\n\n", "", "id: 1\n\n"],
    ["CRLF", "id: x\r\ndata: a\r\n\r\n", "b", "id: x\ndata: b\n\n"],
    ["an unknown field and a misspelled one", "foo: x\nDATA: x\nid\ndata: a\n\n", "b", "id\ndata: b\n\n"],
    ["a comment that some readers end earlier", ": x\u2028data: c\nid\ndata: a\n\n", "b", "id\ndata: b\n\n"],
    ["an empty line in front of it", "\ndata: a\n\n", "b", "data: b\n\n"],
    ["no blank line at the end", "data: a", "b", "data: b\n\n"],
  ])("writes an event with %s", (_, event, data, written) => {
    expect(withData(readEvent(event), data)).toBe(written);
  });
});
