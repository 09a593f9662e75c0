import { describe, expect, it } from "vitest";
import { createSseFilter, UnexpectedList } from "../../../functions/core/sse-filter.ts";

const MAX_BYTES = 100;

/** A filter that writes data in upper case, and can't read data with a question mark. */
function open() {
  return createSseFilter({
    maxBytes: MAX_BYTES,
    change: (data) => (data.includes("?") ? undefined : data.toUpperCase()),
    errorFor: () => "ERROR",
  });
}

/** What comes out of a filter for these chunks. */
function through(...chunks: (string | Buffer)[]): string {
  const filter = open();
  const parts = chunks.flatMap((chunk) => filter.push(Buffer.from(chunk)));
  return Buffer.concat([...parts, ...filter.rest()]).toString("latin1");
}

describe("createSseFilter", () => {
  it("filters the data of each event and leaves other fields unchanged, byte by byte", () => {
    expect(through(": hi\r\n\r\nid: 1\ndata: a\n\nevent: x\rdata:B\r\r")).toBe(
      ": hi\r\n\r\nid: 1\ndata: A\n\nevent: x\rdata:B\r\r",
    );
  });

  it("filters an event whose bytes arrive one at a time", () => {
    const chunks = [...Buffer.from("data: é李\n\n")].map((byte) => Buffer.from([byte]));
    expect(Buffer.from(through(...chunks), "latin1").toString()).toBe("data: É李\n\n");
  });

  it("sends an event on as soon as it is complete", () => {
    expect(open().push(Buffer.from("data: a\n\ndata: b\n")).map(String)).toEqual(["data: A\n\n"]);
  });

  it("skips a byte order mark at the start of the stream", () => {
    expect(Buffer.from(through("\ufeffdata: a\n\ndata: b\n\n"), "latin1").toString()).toBe(
      "\ufeffdata: A\n\ndata: B\n\n",
    );
  });

  it("filters an event at the end of the stream without a blank line", () => {
    expect(through("data: a\n\ndata: b")).toBe("data: A\n\ndata: B\n\n");
  });

  it.each<[string, string | Buffer]>([
    ["whose data can't be read", "id: 7\ndata: ?\n\n"],
    ["with a line that some readers take for data", "id: 7\ndata: A\n Data: x\n\n"],
    ["with a byte order mark that does not open the stream", "id: 7\n\ufeffdata: x\n\n"],
    ["that is not UTF-8", Buffer.from("id: 7\ndata: \xff\n\n", "latin1")],
  ])("replaces an event %s by an error with the same event id", (_, event) => {
    expect(through(": first\n\n", event)).toBe(": first\n\nid: 7\ndata: ERROR\n\n");
  });

  describe("with an event that is too large to buffer", () => {
    const start = `id: 1\ndata: {"result":{"content":[{"text":"${"x".repeat(MAX_BYTES)}`;

    it("passes the event on unchanged and filters the next one", () => {
      const [middle, end] = ['","tools":[]}', "]}}\n\ndata: b\n\n"];
      expect(through(start, middle, end)).toBe(`${start}${middle}]}}\n\ndata: B\n\n`);
    });

    it("passes on each part as it arrives", () => {
      const filter = open();
      expect(filter.push(Buffer.from(start)).map(String)).toEqual([start]);
      expect(filter.push(Buffer.from("more")).map(String)).toEqual(["more"]);
      expect(filter.rest()).toEqual([]);
    });

    it("replaces the event by an error if it already contains a list", () => {
      const list = `id: 1\ndata: {"result":{"tools":[{"name":"${"x".repeat(MAX_BYTES)}`;
      expect(through(list, "more", '"}]}}\n\ndata: b\n\n')).toBe("id: 1\ndata: ERROR\n\ndata: B\n\n");
    });

    it("replaces the event by an error if it starts like JSON", () => {
      expect(through(`{"result":{"tools":[${"1,".repeat(MAX_BYTES)}`, "1]}}\n\ndata: b\n\n")).toBe(
        "data: ERROR\n\ndata: B\n\n",
      );
    });

    it("fails before it passes on a list that arrives later", () => {
      const filter = open();
      filter.push(Buffer.from(start));
      expect(() => filter.push(Buffer.from('"}],"tools":[{"name":"hidden"}]}}\n\n'))).toThrow(UnexpectedList);
    });

    it("buffers no more of the event than the limit", () => {
      const filter = open();
      let heldBytes = 0;
      for (let at = 0; at < 50; at++) {
        const chunk = Buffer.from(at === 0 ? "data: {" : "x".repeat(60));
        heldBytes += chunk.length;
        for (const part of filter.push(chunk)) heldBytes -= part.length;
        expect(heldBytes).toBeLessThanOrEqual(MAX_BYTES);
      }
    });
  });
});
