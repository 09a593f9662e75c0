// Which responses a member may send on a stream: those to the stream's own request.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  hasOwnResponses,
  type MemberStream,
  streamOfRequest,
  watchResponses,
  withOwnId,
} from "../../../../functions/core/combined/own-responses.ts";
import type { RequestId } from "../../../../functions/core/error-response.ts";

const raw = (text: string) => JSON.rawJSON(text);
const response = (id: string) => `{"jsonrpc":"2.0","id":${id},"result":{"content":[]}}`;

const OWN: [id: RequestId, text: string][] = [
  [5, response("5")],
  [5, ` \n${response("5")}\n`],
  [5, `\uFEFF${response("5")}`],
  [5, `{"result":{"id":6,"x":[{"id":7}]},"jsonrpc":"2.0","id":5}`],
  [5, `{"jsonrpc":"2.0","id":5,"error":{"code":-1,"message":"id"}}`],
  [5, `{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"x"}}`],
  [5, `{"jsonrpc":"2.0","error":{"code":-32700,"message":"x"}}`],
  [5, response('"5"')],
  ["5", response("5")],
  [5, response("5.0")],
  [raw("5.0"), response("5")],
  ["a.b", response('"a.b"')],
  ["a", response('"\\u0061"')],
  [raw("9007199254740993"), response("9007199254740993")],
  [5, `{"jsonrpc":"2.0","id":6,"method":"ping"}`],
  [5, `{"jsonrpc":"2.0","method":"notifications/message","params":{"id":6}}`],
  [5, `[${response("5")},{"jsonrpc":"2.0","id":6,"method":"ping"}]`],
  [5, `{"jsonrpc":"2.0","id":5,"method":null,"result":{}}`],
  [5, ""],
  [5, "[]"],
  [5, '"text"'],
  [null, `{"jsonrpc":"2.0","id":null,"result":{}}`],
];

const FOREIGN: [id: RequestId, text: string][] = [
  [5, response("6")],
  [5, response('"six"')],
  [5, `\0 ${response("6")}`],
  [5, `{"jsonrpc":"2.0","id":5,"result":{"content":[{"text":"\0"}]}}`],
  [5, `{"jsonrpc":"2.0","id":6,"error":{"code":-1,"message":"x"}}`],
  [5, `{"result":{},"jsonrpc":"2.0","id":6}`],
  [5, `{"jsonrpc":"2.0","\\u0069d":6,"result":{}}`],
  [5, `{"jsonrpc":"2.0","id":5,"id":6,"result":{}}`],
  [5, `{"jsonrpc":"2.0","id":6,"id":5,"result":{}}`],
  [5, `{"jsonrpc":"2.0","id":5,"ID":6,"result":{}}`],
  [5, `{"jsonrpc":"2.0","Id":6,"result":{}}`],
  [5, `{"jsonrpc":"2.0","id":6,"method":null,"result":{}}`],
  [5, `{"jsonrpc":"2.0","id":6,"method":"x","method":null,"result":{}}`],
  [5, `{"jsonrpc":"2.0","id":6,"method":null,"method":"x","result":{}}`],
  [5, `{"jsonrpc":"2.0","id":6,"Method":"x","result":{}}`],
  [5, `[${response("5")},${response("6")}]`],
  [5, `[[${response("5")}]]`],
  [5, response("[5]")],
  [5, Buffer.from(response("6"), "utf16le").toString("utf8")],
  [5, `\uFEFF\0${[...response("6")].join("\0")}`],
  [5, `\0\0\0${[...response("6")].join("\0\0\0")}`],
  [5, response("true")],
  ["", response("0")],
  ["null", response('"0"')],
  [null, response('"null"')],
  [raw("9007199254740993"), response("9007199254740992")],
];

describe("a stream of the request", () => {
  it.each(OWN)("%j may have %j", (id, text) => {
    expect(hasOwnResponses(text, streamOfRequest(id))).toBe(true);
  });

  it.each(FOREIGN)("%j may not have %j", (id, text) => {
    expect(hasOwnResponses(text, streamOfRequest(id))).toBe(false);
  });
});

describe("the stream of a GET", () => {
  it.each([response("5"), response('""'), `[${response("5")}]`])("may not have %j", (text) => {
    expect(hasOwnResponses(text, "g")).toBe(false);
  });

  it("may have requests and notifications", () => {
    expect(hasOwnResponses(`{"jsonrpc":"2.0","id":6,"method":"ping"}`, "g")).toBe(true);
    expect(hasOwnResponses(`{"jsonrpc":"2.0","method":"notifications/message"}`, "g")).toBe(true);
  });
});

describe("a response with an error status", () => {
  it.each([
    [response("6"), response("5")],
    [response('"server-error"'), response("5")],
    [response("5.0"), response("5.0")],
    [response("null"), response("null")],
    [`\uFEFF ${response("6")}\n`, `\uFEFF ${response("5")}\n`],
    ["Bad Request", "Bad Request"],
  ])("%j is relayed as %j, with the request's id", (text, expected) => {
    expect(withOwnId(text, 5)).toBe(expected);
  });

  it.each([`[${response("6")}]`, response('5,"id":6'), response('5,"ID":6')])("%j is not relayed", (text) => {
    expect(withOwnId(text, 5)).toBeUndefined();
  });
});

function sees(text: string, stream: MemberStream, chunkBytes: number): boolean {
  const watch = watchResponses(stream);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += chunkBytes)
    if (watch.sees(bytes.subarray(at, at + chunkBytes))) return true;
  return false;
}

describe("the watch of a large text", () => {
  it.each([...OWN, ...FOREIGN])("of the stream of %j decides as for a whole text: %j", (id, text) => {
    const stream = streamOfRequest(id);
    for (const chunkBytes of [1, 7, 1_000])
      expect(sees(text, stream, chunkBytes)).toBe(!hasOwnResponses(text, stream));
  });

  it("decides as for a whole text, whatever a result contains", () => {
    const messages = fc.record(
      { jsonrpc: fc.constant("2.0"), id: fc.constantFrom(5, 6, "5", null), result: fc.jsonValue() },
      { requiredKeys: ["result"] },
    );
    fc.assert(
      fc.property(fc.oneof(messages, fc.array(messages)), fc.integer({ min: 1, max: 40 }), (value, size) => {
        const text = JSON.stringify(value);
        expect(sees(text, streamOfRequest(5), size)).toBe(!hasOwnResponses(text, streamOfRequest(5)));
      }),
    );
  });

  it("does not count what is inside of a result, and limits the rest", () => {
    const large = "x".repeat(100_000);
    expect(sees(`{"result":{"data":"${large}"},"id":5}`, streamOfRequest(5), 50_000)).toBe(false);
    expect(sees(`{"result":{},"other":"${large}","id":5}`, streamOfRequest(5), 50_000)).toBe(true);
  });
});
