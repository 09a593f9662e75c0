import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  cannotReturnLists,
  eventIdFilter,
  eventIdText,
  readEventIdText,
} from "../../../functions/core/event-ids.ts";

const seal = (id: string) => (id === "unsealable" ? undefined : `<${id}>`);

/** What a stream becomes that arrives in these pieces. */
function through(...pieces: (string | Buffer)[]): string {
  const filter = eventIdFilter(seal);
  const parts = pieces.flatMap((piece) => filter.push(Buffer.from(piece)));
  return Buffer.concat([...parts, ...filter.rest()]).toString();
}

describe("eventIdFilter", () => {
  it.each([
    ["an id", "id: 1\ndata: a\n\n", "id: <1>\ndata: a\n\n"],
    ["an id without a space", "id:1\n\n", "id: <1>\n\n"],
    ["one space of several", "id:  1 \n\n", "id: < 1 >\n\n"],
    ["an id after the data", "data: a\nid: 1\n\n", "data: a\nid: <1>\n\n"],
    ["each of several ids", "id: 1\nid: 2\n\nid: 3\n\n", "id: <1>\nid: <2>\n\nid: <3>\n\n"],
    ["a priming event", "id: 1\nretry: 500\ndata:\n\n", "id: <1>\nretry: 500\ndata:\n\n"],
    ["lines that end in CRLF", "id: 1\r\ndata: a\r\n\r\n", "id: <1>\r\ndata: a\r\n\r\n"],
    ["lines that end in CR", "id: 1\rdata: a\r\r", "id: <1>\rdata: a\r\r"],
    ["an id of other letters", "id: é李\n\n", "id: <é李>\n\n"],
    ["an id after a byte order mark", "\uFEFFid: 1\n\n", "\uFEFFid: <1>\n\n"],
    ["an id in a line that never ends", "data: a\nid: 1", "data: a\nid: <1>"],
  ])("replaces %s", (_, stream, sealed) => {
    expect(through(stream)).toBe(sealed);
  });

  it.each([
    ["data that looks like an id", "data: id: 1\n\ndata:id: 2\n\n"],
    ["a comment that looks like one", ": id: 1\n:id: 2\n\n"],
    ["a field whose name begins so", "idx: 1\nids: 1\n\n"],
    ["a field whose name ends so", "xid: 1\n id: 1\n\n"],
    ["a field in other letters", "ID: 1\nId: 1\n\n"],
    ["an id that takes the last one away", "id:\ndata: a\n\n"],
    ["an id without a value", "id\ndata: a\n\n"],
    ["a name that is cut short", "i\n\ni"],
    ["a name that ends the stream", "data: a\n\nid"],
    ["a byte order mark within the stream", "data: a\n\n\uFEFFid: 1\n\n"],
    ["a part of a byte order mark", Buffer.from([0xef, 0xbb, 0x69, 0x64, 0x3a, 0x31, 0x0a])],
    ["an empty stream", ""],
  ])("leaves %s unchanged", (_, stream) => {
    expect(through(stream)).toBe(stream.toString());
  });

  it.each([
    ["with NUL, which readers ignore", "id: a\0b\n"],
    ["with a character that no header holds", "id: a\x1fb\n"],
    ["that can't be sealed", "id: unsealable\n"],
    ["without end", `id: ${"x".repeat(5_000)}\n`],
    ["of spaces without end", `id:${" ".repeat(5_000)}\n`],
  ])("writes a comment instead of an id %s, so that the event stays complete", (_, line) => {
    expect(through(`${line}data: a\n\n`)).toBe(":\ndata: a\n\n");
  });

  it("writes an empty id for an id that is a single space", () => {
    expect(through("id: \n\n")).toBe("id:\n\n");
  });

  it("passes an event on as soon as it arrives, whatever follows", () => {
    const filter = eventIdFilter(seal);
    const arrived = (text: string) => Buffer.concat(filter.push(Buffer.from(text))).toString();
    expect(arrived("id: 1\ndata: a\n\n")).toBe("id: <1>\ndata: a\n\n");
    expect(arrived("data: b\n\ni")).toBe("data: b\n\n");
    expect(arrived("d")).toBe("");
    expect(arrived(": 2")).toBe("");
    expect(arrived("\ndata: c")).toBe("id: <2>\ndata: c");
  });

  it("passes on the same buffer if nothing changes", () => {
    const part = Buffer.from("data: a\n\ndata: b\n\n");
    const [passed, ...others] = eventIdFilter(seal).push(part);
    expect(passed?.buffer).toBe(part.buffer);
    expect(others).toEqual([]);
  });

  it.each([
    ["retry: 500", "retry: 500"],
    ["retry:500", "retry: 500"],
    ["retry: 60001", "retry: 60000"],
    ["retry: 99999999999999999999", "retry: 60000"],
    [`retry: ${"9".repeat(5_000)}`, ":"],
    ["retry: -1", ":"],
    ["retry:  500", ":"],
    ["retry: 1_000", ":"],
    ["retry:", "retry:"],
    ["retry", "retry"],
    ["retrys: 99999", "retrys: 99999"],
    ["r", "r"],
    ["id: 1", "id: <1>"],
  ])("limits the time after which a client opens a stream again: %j becomes %j", (line, expected) => {
    const filter = eventIdFilter(seal, 60_000);
    const sent = [...filter.push(Buffer.from(`${line}\ndata: a\n\n`)), ...filter.rest()];
    expect(Buffer.concat(sent).toString()).toBe(`${expected}\ndata: a\n\n`);
    expect(through("retry: 60001\n\n")).toBe("retry: 60001\n\n");
  });

  it("returns the same output however the stream is split", () => {
    const line = fc.constantFrom(
      "id: 1",
      "id:2",
      "id",
      "id:",
      "i",
      "ids: 1",
      "data: id: 1",
      ": x",
      "retry: 1",
      "\uFEFFid: 3",
      "",
    );
    const end = fc.constantFrom("\n", "\r\n", "\r");
    const stream = fc
      .array(fc.tuple(line, end).map((parts) => parts.join("")))
      .map((lines) => lines.join(""));
    fc.assert(
      fc.property(stream, fc.array(fc.nat({ max: 7 })), (text, sizes) => {
        const bytes = Buffer.from(text);
        const pieces: Buffer[] = [];
        let at = 0;
        for (const size of sizes) {
          pieces.push(bytes.subarray(at, at + size));
          at += size;
        }
        expect(through(...pieces, bytes.subarray(at))).toBe(through(bytes));
      }),
    );
  });
});

describe("the text of an event id", () => {
  it.each([
    { id: "e1", cannotReturnLists: true },
    { id: "é,]", cannotReturnLists: false, tool: "add" },
  ])("decodes to the value that was encoded: %j", (parts) => {
    expect(readEventIdText(eventIdText(parts.id, parts))).toEqual(parts);
  });
});

describe("cannotReturnLists", () => {
  const messages = (...methods: (string | undefined)[]) =>
    methods.map((method) => ({ id: 1, method, params: {} }));

  it.each([
    [["tools/call"], true],
    [["tools/call", "resources/read"], true],
    [["tools/list"], false],
    [["tools/call", "tools/list"], false],
    [["Tools/List"], false],
    [["vendor/anything"], false],
    [[undefined], false],
    [[], false],
  ])("for %j is %j", (methods, expected) => {
    expect(cannotReturnLists(messages(...methods))).toBe(expected);
  });
});

describe.each(["id:1\n", "id:\n", "id\n", "id\r"])("eventIdFilter with many lines %j", (line) => {
  const linesOf = (bytes: number) => line.repeat(bytes / line.length);

  it("breaks a stream with a buffered event of them, which would take more than 1 GB of memory", () => {
    expect(() => through(linesOf(16 * 1024 * 1024))).toThrow("an event has too many ids");
  });

  it("takes any number of them in chunks of 64 KiB", () => {
    const filter = eventIdFilter(seal);
    for (let at = 0; at < 20; at++)
      expect(filter.push(Buffer.from(linesOf(64 * 1024))).length).toBeGreaterThan(1_000);
  });
});
