import { describe, expect, it } from "vitest";
import { type BodyFilter, jsonFilter, sseFilter } from "../../../functions/platform/sse-relay.ts";

/** What comes out of a filter for these chunks. */
function through(filter: BodyFilter, ...chunks: (string | Buffer)[]): string {
  const parts = chunks.flatMap((chunk) => filter.push(Buffer.from(chunk)));
  return Buffer.concat([...parts, ...filter.rest()]).toString();
}

const upper = (data: string) => data.toUpperCase();

describe("sseFilter", () => {
  it("filters the data of each event and leaves the rest", () => {
    const stream = ": hi\n\nid: 1\ndata: a\n\nevent: x\ndata: B\n\n";
    expect(through(sseFilter(upper), stream)).toBe(": hi\n\nid: 1\ndata: A\n\nevent: x\ndata: B\n\n");
  });

  it("filters an event whose bytes arrive one by one", () => {
    const chunks = [...Buffer.from("data: é李\n\n")].map((byte) => Buffer.from([byte]));
    expect(through(sseFilter(upper), ...chunks)).toBe("data: É李\n\n");
  });

  it("reads past a byte order mark at the start, and takes one anywhere else for part of a name, as readers do", () => {
    const filtered = (stream: string) => through(sseFilter(upper), stream);
    expect(filtered("\ufeffdata: a\n\n\ufeffdata: x\ndata: b\n\n")).toBe("\ufeffdata: A\n\ndata: B\n\n");
    expect(filtered("\ufeff\ufeffdata: x\ndata: b\n\n")).toBe("\ufeffdata: B\n\n");
  });

  it("sends an event on as soon as it is whole", () => {
    const parts = sseFilter(upper).push(Buffer.from("data: a\n\ndata: b\n"));
    expect(parts.map(String)).toEqual(["data: A\n\n"]);
  });

  it("filters an event that the stream ends in", () => {
    expect(through(sseFilter(upper), "data: a\n\ndata: b")).toBe("data: A\n\ndata: B\n\n");
  });

  it("breaks off at an event of more than 16 MiB", () => {
    const half = "x".repeat(8 * 1024 * 1024);
    expect(through(sseFilter(upper), half, half)).toHaveLength(16 * 1024 * 1024);
    expect(() => through(sseFilter(upper), half, half, "x")).toThrow("an event of more than 16777216");
  });

  it("breaks off where the filter fails", () => {
    const failing = () => {
      throw new Error("filter failed");
    };
    expect(() => through(sseFilter(failing), "data: a\n\n")).toThrow("filter failed");
  });
});

describe("jsonFilter", () => {
  it("filters the answer once it is whole", () => {
    const seen: string[] = [];
    const change = (data: string) => {
      seen.push(data);
      return data.toUpperCase();
    };
    expect(
      through(jsonFilter(change), '{"a":', Buffer.from([0x22, 0xc3]), Buffer.from([0xa9, 0x22]), "}"),
    ).toBe('{"A":"É"}');
    expect(seen).toEqual(['{"a":"é"}']);
  });

  it("leaves an answer as it is, byte for byte, where nothing changes", () => {
    const bytes = Buffer.from([0x22, 0xff, 0xfe, 0x22]);
    const filter = jsonFilter((data) => data);
    expect(filter.push(bytes)).toEqual([]);
    expect(filter.rest()).toEqual([bytes]);
  });

  it("breaks off at an answer of more than 16 MiB", () => {
    const half = Buffer.alloc(8 * 1024 * 1024, "x");
    expect(through(jsonFilter(upper), half, half)).toHaveLength(16 * 1024 * 1024);
    expect(() => through(jsonFilter(upper), half, half, "x")).toThrow(
      "an answer of more than 16777216 bytes",
    );
  });
});
