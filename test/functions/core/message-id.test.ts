import { describe, expect, it } from "vitest";
import { isRequestId, messageIdIn } from "../../../functions/core/message-id.ts";

describe("isRequestId", () => {
  it.each(["", "a", 0, -1, JSON.rawJSON("9007199254740993")])("accepts %j", (value) =>
    expect(isRequestId(value)).toBe(true),
  );
  it.each([null, undefined, true, {}, []])("rejects %j", (value) => expect(isRequestId(value)).toBe(false));
});

describe("messageIdIn", () => {
  it.each([
    ["a message that ends too early", '{"jsonrpc":"2.0","id":7,"result":{"tools":[', "7"],
    ["an invalid message", '{"jsonrpc":"2.0","result":{"a":nan},"id":"x"}', '"x"'],
    ["a byte order mark in front", '\ufeff {"id":8}', "8"],
    ["digits that a double would change", '{"id":9007199254740993,', "9007199254740993"],
    ["no id", '{"result":{"id":7}}', "null"],
    ["an invalid id", '{"id":{"a":1}}', "null"],
    ["an id that ends too early", '{"id":"x', "null"],
    ["text", "nothing", "null"],
    ["no text", "", "null"],
    ["a batch", '[{"id":7}]', "null"],
  ])("finds the id of %s", (_, text, id) => {
    expect(JSON.stringify(messageIdIn(text))).toBe(`{"id":${id},"hasMethod":false}`);
  });

  it("distinguishes requests and notifications from responses", () => {
    expect(messageIdIn('{"id":7,"method":"ping",')).toEqual({ id: 7, hasMethod: true });
  });
});
