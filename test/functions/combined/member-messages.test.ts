// Reads a member's response: the messages before it, and what is not one.
import { PassThrough, Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { memberResponseText } from "../../../functions/combined/member-messages.ts";

function responseOf(chunks: (string | Buffer)[], type = "application/json") {
  const body = Readable.from(
    chunks.map((chunk) => Buffer.from(chunk)),
    { objectMode: false },
  );
  return { status: 200, headers: { "content-type": type }, body, close: () => body.destroy() };
}

const read = async (chunks: (string | Buffer)[], type?: string) => {
  const before: string[] = [];
  const text = await memberResponseText(responseOf(chunks, type), (message) => void before.push(message));
  return { before, text };
};

describe("a member's response", () => {
  it("is the JSON text as it was written", async () => {
    expect(await read([' {"jsonrpc":', '"2.0","id":1,"result":{ }}\n'])).toEqual({
      before: [],
      text: ' {"jsonrpc":"2.0","id":1,"result":{ }}\n',
    });
  });

  it("is the first message of a stream without a method; those before it are notifications and requests", async () => {
    const stream = [
      ": hello\n\n",
      'data: {"method":"a"}\n\ndata: {"id":1,"met',
      'hod":"b"}\n\n',
      'data: {"id":1,"result":{}}\n\ndata: {"id":2,"result":{}}\n\n',
    ];
    expect(await read(stream, "text/event-stream")).toEqual({
      before: ['{"method":"a"}', '{"id":1,"method":"b"}'],
      text: '{"id":1,"result":{}}',
    });
  });

  it("may be in a last event without a blank line after it", async () => {
    const { text } = await read(['data: {"id":1,"result":{}}\n'], "text/event-stream");
    expect(text).toBe('{"id":1,"result":{}}');
  });

  it.each([
    ["nothing", [], undefined],
    ["blanks", [" \n"], undefined],
    ["an empty stream", [], "text/event-stream"],
    ["a stream of comments", [": a\n\n: b\n\n"], "text/event-stream"],
    ["a notification alone", ['{"method":"a"}'], undefined],
  ])("is missing in %s", async (_, chunks, type) => {
    await expect(read(chunks, type)).rejects.toThrow("no response message in a response of status 200");
  });

  it("is not read from bytes that are not UTF-8", async () => {
    await expect(read([Buffer.from([0x22, 0xff, 0x22])])).rejects.toThrow();
  });

  it.each([["application/json"], ["text/event-stream"]])(
    "is not read if it is larger than 16 MiB (%s)",
    async (type) => {
      await expect(read([Buffer.alloc(16 * 1024 * 1024 + 1, "x")], type)).rejects.toThrow(
        "exceeds 16777216 bytes",
      );
    },
  );

  it("that ends early is an error", async () => {
    const body = new PassThrough();
    body.write('{"id":1');
    const reading = memberResponseText(
      { status: 200, headers: { "content-type": "application/json" }, body, close: () => body.destroy() },
      () => {},
    );
    body.destroy(new Error("the connection was closed"));
    await expect(reading).rejects.toThrow("the connection was closed");
  });

  it("is complete while its stream continues: the rest is closed", async () => {
    const body = new PassThrough();
    const closed = Promise.withResolvers<void>();
    const close = () => {
      body.destroy();
      closed.resolve();
    };
    body.write('data: {"id":1,"result":{}}\n\n');
    const response = { status: 200, headers: { "content-type": "text/event-stream" }, body, close };
    expect(await memberResponseText(response, () => {})).toBe('{"id":1,"result":{}}');
    body.write(": still here\n\n");
    await closed.promise;
    expect(body.destroyed).toBe(true);
  });
});
