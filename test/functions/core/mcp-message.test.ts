import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseMcpBody as parse } from "../../../functions/core/mcp-message.ts";

const parseMcpBody = (text: string) => parse(text, 64);

describe("parseMcpBody", () => {
  it("reads a request", () => {
    const text = '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"add","arguments":{"a":1}}}';
    expect(parseMcpBody(text)).toEqual({
      ok: true,
      batch: false,
      id: 7,
      messages: [{ id: 7, method: "tools/call", params: { name: "add", arguments: { a: 1 } } }],
    });
  });

  it("reads a notification", () => {
    expect(parseMcpBody('{"jsonrpc":"2.0","method":"notifications/initialized"}')).toEqual({
      ok: true,
      batch: false,
      id: null,
      messages: [{ id: undefined, method: "notifications/initialized", params: {} }],
    });
  });

  it.each([
    ["result", '{"jsonrpc":"2.0","id":"s1","result":{}}', "s1"],
    ["a null result", '{"jsonrpc":"2.0","id":0,"result":null}', 0],
    ["error", '{"jsonrpc":"2.0","id":2,"error":{"code":-1,"message":"no"}}', 2],
  ])("reads a response of the client with %s", (_, text, id) => {
    expect(parseMcpBody(text)).toEqual({
      ok: true,
      batch: false,
      id,
      messages: [{ id, method: undefined, params: {} }],
    });
  });

  it("reads a batch, whose error response has no id", () => {
    const text = '[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","method":"notifications/x"}]';
    expect(parseMcpBody(text)).toEqual({
      ok: true,
      batch: true,
      id: null,
      messages: [
        { id: 1, method: "ping", params: {} },
        { id: undefined, method: "notifications/x", params: {} },
      ],
    });
  });

  it.each([
    ["a text", '"abc"', "abc"],
    ["zero", "0", 0],
    ["an empty text", '""', ""],
    ["null", "null", null],
    ["a boolean", "true", null],
    ["an object", "{}", null],
    ["a number beyond 2^53", "9007199254740993", JSON.rawJSON("9007199254740993")],
    ["a number with a fraction of zero", "1.0", JSON.rawJSON("1.0")],
  ])("returns the id %s for error responses", (_, id, expected) => {
    expect(parseMcpBody(`{"jsonrpc":"2.0","id":${id},"method":"ping"}`)).toMatchObject({
      ok: true,
      id: expected,
    });
  });

  it.each(["[1]", "null", '"text"', "5", "1.0"])("reads params %s as absent", (params) => {
    expect(parseMcpBody(`{"jsonrpc":"2.0","id":1,"method":"x","params":${params}}`)).toEqual({
      ok: true,
      batch: false,
      id: 1,
      messages: [{ id: 1, method: "x", params: {} }],
    });
  });

  it.each([
    ["nothing", ""],
    ["text", "hello"],
    ["half a message", '{"jsonrpc":"2.0"'],
    ["two messages", '{"jsonrpc":"2.0","method":"a"}{"jsonrpc":"2.0","method":"b"}'],
    ["a byte order mark", '\ufeff{"jsonrpc":"2.0","method":"a"}'],
    ["a comment", '{"jsonrpc":"2.0","method":"a"}//'],
  ])("denies %s as invalid JSON", (_, text) => {
    expect(parseMcpBody(text)).toEqual({
      ok: false,
      id: null,
      errorResponse: {
        status: 400,
        code: -32700,
        reason: "not_json",
        message: "The body is not JSON. Send one JSON-RPC 2.0 message as application/json.",
      },
    });
  });

  it.each([
    ["null", "null", null],
    ["a number", "5", null],
    ["a text", '"ping"', null],
    ["an empty batch", "[]", null],
    ["a batch with a wrong entry", '[{"jsonrpc":"2.0","method":"a"},{}]', null],
    ["a batch in a batch", '[[{"jsonrpc":"2.0","method":"a"}]]', null],
    ["no version", '{"id":3,"method":"a"}', 3],
    ["another version", '{"jsonrpc":"1.0","id":3,"method":"a"}', 3],
    ["a version that is a number", '{"jsonrpc":2.0,"id":3,"method":"a"}', 3],
    ["a method that is not a string", '{"jsonrpc":"2.0","id":"x","method":5}', "x"],
    [
      "a method that is not a string beside a result",
      '{"jsonrpc":"2.0","id":"x","method":5,"result":{}}',
      "x",
    ],
    ["a null method beside a result", '{"jsonrpc":"2.0","id":"x","method":null,"result":{}}', "x"],
    ["neither method nor result", '{"jsonrpc":"2.0","id":3}', 3],
  ])("denies %s as an invalid message, and returns its id if it has one", (_, text, id) => {
    expect(parseMcpBody(text)).toEqual({
      ok: false,
      id,
      errorResponse: {
        status: 400,
        code: -32600,
        reason: "not_a_request",
        message:
          'The body is not a JSON-RPC 2.0 message. Send an object with "jsonrpc": "2.0" and a method, or a response with an id.',
      },
    });
  });

  it.each([
    ["a key twice", '{"jsonrpc":"2.0","id":4,"method":"a","method":"b"}'],
    ["a key twice, once escaped", '{"jsonrpc":"2.0","id":4,"method":"a","\\u006dethod":"b"}'],
    [
      "a key twice in the arguments",
      '{"jsonrpc":"2.0","id":4,"method":"a","params":{"arguments":{"x":1,"x":2}}}',
    ],
  ])("denies %s, which two parsers may read differently", (_, text) => {
    expect(parseMcpBody(text)).toMatchObject({
      id: 4,
      errorResponse: {
        reason: "not_a_request",
        message:
          "An object of the body holds the same key twice, which readers understand differently. Send each key once.",
      },
    });
  });

  it("accepts a body at the maximum depth, and denies a deeper one", () => {
    const nested = (depth: number) =>
      `{"jsonrpc":"2.0","id":5,"method":"x","params":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`;
    expect(parse(nested(8), 8)).toMatchObject({ ok: true });
    expect(parse(nested(9), 8)).toEqual({
      ok: false,
      id: 5,
      errorResponse: {
        status: 400,
        code: -32600,
        reason: "not_a_request",
        message: "The body is nested deeper than 8 levels. Send flatter JSON.",
      },
    });
  });

  it.each([
    ["a member of the message", '{"jsonrpc":"2.0","id":6,"Method":"b"}'],
    ["a member beside the right one", '{"jsonrpc":"2.0","id":6,"method":"a","METHOD":"b"}'],
    ["params", '{"jsonrpc":"2.0","id":6,"method":"a","Params":{}}'],
    ["the name", '{"jsonrpc":"2.0","id":6,"method":"tools/call","params":{"name":"a","Name":"b"}}'],
    ["the URI", '{"jsonrpc":"2.0","id":6,"method":"resources/read","params":{"URI":"b"}}'],
    [
      "the subscriptions",
      '{"jsonrpc":"2.0","id":6,"method":"subscriptions/listen","params":{"notifications":{"ResourceSubscriptions":[]}}}',
    ],
    [
      "the protocol version",
      '{"jsonrpc":"2.0","id":6,"method":"a","params":{"_meta":{"io.modelContextProtocol/protocolversion":"x"}}}',
    ],
    ["a member of a task", '{"jsonrpc":"2.0","id":6,"method":"a","params":{"task":{"taskID":"x"}}}'],
    ["the name in snake case", '{"jsonrpc":"2.0","id":6,"method":"tasks/get","params":{"task_id":"x"}}'],
    ["the task", '{"jsonrpc":"2.0","id":6,"method":"tasks/get","params":{"taskid":"b"}}'],
    ["a key by the long s of Unicode", '{"jsonrpc":"2.0","id":6,"method":"a","param\u017f":{}}'],
    ["a key by the Kelvin sign", '{"jsonrpc":"2.0","id":6,"method":"a","params":{"tas\u212aId":"x"}}'],
    [
      "a member of a reference",
      '{"jsonrpc":"2.0","id":6,"method":"a","params":{"ref":{"type":"ref/prompt","NAME":"b"}}}',
    ],
    ["one message of a batch", '[{"jsonrpc":"2.0","method":"a"},{"jsonrpc":"2.0","method":"a","ID":1}]'],
  ])("denies %s in another case, which some servers accept as the same key", (_, text) => {
    expect(parseMcpBody(text)).toMatchObject({
      errorResponse: {
        reason: "not_a_request",
        message:
          "A key of the body is spelled almost like one of the protocol's, which some servers take for the same. Spell it as the protocol does.",
      },
    });
  });

  describe("denies a key that differs only in case from a key of the protocol:", () => {
    const rejected = { errorResponse: { reason: "not_a_request" } };
    const withKey = (key: string) => `{"${key}":1}`;

    it.each(["JSONRPC", "Id", "METHOD", "Params", "resulT", "ERROR"])("%s in a message", (key) => {
      expect(parseMcpBody(`{"jsonrpc":"2.0","id":6,"method":"a","${key}":1}`)).toMatchObject(rejected);
    });

    it.each(["Name", "URI", "taskid", "REF", "Notifications", "Arguments", "CURSOR", "_Meta"])(
      "%s in its params",
      (key) => {
        const text = `{"jsonrpc":"2.0","id":6,"method":"a","params":${withKey(key)}}`;
        expect(parseMcpBody(text)).toMatchObject(rejected);
      },
    );

    it.each(["TYPE", "Name", "Uri"])("%s in a reference", (key) => {
      const text = `{"jsonrpc":"2.0","id":6,"method":"a","params":{"ref":${withKey(key)}}}`;
      expect(parseMcpBody(text)).toMatchObject(rejected);
    });
  });

  it("accepts any spelling of keys in a tool's arguments", () => {
    const text =
      '{"jsonrpc":"2.0","id":6,"method":"tools/call","params":{"name":"a","arguments":{"Name":"x","METHOD":"y"}},"other":null}';
    expect(parseMcpBody(text)).toMatchObject({ ok: true });
  });

  // V8 can read an escaped key as another that it has read before at that place (nodejs/node#63785). The first body teaches it
  // that other key; read by it, the second would be a response of the client, which no rule denies.
  it("reads an escaped method key, whatever was parsed before", () => {
    const start = '{"jsonrpc":"2.0","id":1,"result":{},';
    parseMcpBody(`${start}"\\\\u006d":1}`);
    expect(parseMcpBody(`${start}"\\u006dethod":"tools/call"}`)).toMatchObject({
      messages: [{ method: "tools/call" }],
    });
  });

  it("returns an id with digits that a double would change", () => {
    const body = parseMcpBody('{"jsonrpc":"2.0","id":9007199254740993,"method":"a","method":"b"}');
    expect(JSON.stringify(body.id)).toBe("9007199254740993");
  });

  it("rejects deeply nested invalid JSON as invalid JSON", () => {
    expect(parseMcpBody("[".repeat(1_000))).toMatchObject({ errorResponse: { reason: "not_json" } });
  });

  it("denies a misspelled key that is escaped, whatever was parsed before", () => {
    const start = '{"jsonrpc":"2.0","id":1,"method":"tools/call",';
    parseMcpBody(`${start}"param\\\\":1}`);
    expect(parseMcpBody(`${start}"param\\u017f":{"name":"x"}}`)).toMatchObject({
      errorResponse: { reason: "not_a_request" },
    });
  });

  it("never throws, and returns an id that an error response can contain", () => {
    const anyText = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .record({ jsonrpc: fc.constant("2.0"), id: fc.jsonValue(), method: fc.jsonValue() })
        .map((value) => JSON.stringify(value)),
      fc.constantFrom('{"__proto__":{"jsonrpc":"2.0","method":"x"}}', "[".repeat(100_000)),
    );
    fc.assert(
      fc.property(anyText, (text) => {
        const { id } = parseMcpBody(text);
        expect(id === null || ["string", "number"].includes(typeof id) || JSON.isRawJSON(id)).toBe(true);
      }),
    );
  });

  it("denies an object whose message keys are only inherited", () => {
    expect(parseMcpBody('{"__proto__":{"jsonrpc":"2.0","method":"x"}}')).toMatchObject({
      errorResponse: { reason: "not_a_request" },
    });
  });
});
