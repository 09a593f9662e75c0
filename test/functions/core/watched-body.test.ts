import { describe, expect, it } from "vitest";
import { UnexpectedList } from "../../../functions/core/sse-filter.ts";
import { createWatchedBody } from "../../../functions/core/watched-body.ts";

const LIST = '{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"hidden"}]}}';
const MAX_BYTES = 200;

/** A filter that can't read what holds a question mark. */
const open = () =>
  createWatchedBody({
    maxBytes: MAX_BYTES,
    change: (data) => (data.includes("?") ? undefined : data.replace('{"name":"hidden"}', "")),
    errorFor: () => "ERROR",
  });

/** What a body that arrives in these pieces comes out as. */
function through(...pieces: (string | Buffer)[]): string {
  const filter = open();
  const parts = pieces.flatMap((piece) => filter.push(Buffer.from(piece)));
  return Buffer.concat([...parts, ...filter.rest()]).toString();
}

describe("createWatchedBody", () => {
  it.each([
    ["a tool's result", '{"result":{"content":["?"],"structuredContent":{"tools":["?"]}}}'],
    ["invalid JSON", "{nothing?"],
    ["a page", "<html>?</html>"],
    ["nothing", ""],
    ["nothing but space", " \r\n"],
    ["events", ": hi\r\n\r\n id: 1\ndata: {?\n\nDATA: ?\r\r{"],
    ["an event behind a byte order mark", "\ufeffdata: ?\n\n"],
  ])("passes %s unchanged, in one chunk and byte by byte", (_, body) => {
    expect(through(body)).toBe(body);
    expect(through(...body)).toBe(body);
  });

  it("passes each part of a large result when it arrives, without buffering", () => {
    for (const start of ['{"result":{"content":["', `data: {"result":{"content":["${"x".repeat(70_000)}`]) {
      const filter = open();
      filter.push(Buffer.from(start));
      const part = Buffer.from("x".repeat(1_000));
      for (let at = 0; at < 100; at++) expect(filter.push(part)).toEqual([part]);
      expect(filter.rest()).toEqual([]);
    }
  });

  it("filters a list in JSON that arrives with the first chunk", () => {
    expect(through(" \n", LIST)).toBe(` \n${LIST.replace('{"name":"hidden"}', "")}`);
    expect(through(LIST.slice(0, -2), LIST.slice(-2))).toBe(LIST.replace('{"name":"hidden"}', ""));
  });

  it("filters a list in an event, and replaces the event by an error if it cannot be parsed", () => {
    expect(through(`id: 1\ndata: ${LIST}\n\n`)).toBe(
      `id: 1\ndata: ${LIST.replace('{"name":"hidden"}', "")}\n\n`,
    );
    expect(through(`id: 1\ndata: ${LIST}?\n\n`)).toBe("id: 1\ndata: ERROR\n\n");
  });

  it.each<[string, (string | Buffer)[]]>([
    ["that comes when a part was sent", [LIST.slice(0, 20), LIST.slice(20)]],
    ["that can't be read", [`${LIST}?`]],
    ["that is not UTF-8", [LIST, Buffer.from([0xff])]],
    ["that is too large", [LIST, " ".repeat(MAX_BYTES)]],
    ["of an event of which a part was sent", [`data: {"result":{"a":"${"x".repeat(70_000)}`, '","tools":[1']],
  ])("fails for a list %s", (_, pieces) => expect(() => through(...pieces)).toThrow(UnexpectedList));
});
