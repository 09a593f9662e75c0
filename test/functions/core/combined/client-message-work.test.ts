// The work grows with the text and not faster.
import { it } from "vitest";
import { messageTranslator } from "../../../../functions/core/combined/client-message.ts";
import { memberRequest } from "../../../../functions/core/combined/member-request.ts";
import { routeOf } from "../../../../functions/core/combined/routes.ts";
import { expectLinearWork } from "../../../support/linear-work.ts";

const NAMES = {
  members: Array.from({ length: 20 }, (_, at) => `m${at}`),
  separator: "__",
};
const SIZE = 100_000;
const translate = messageTranslator("m7", NAMES);

const result = (text: string) => `{"jsonrpc":"2.0","id":1,"result":{${text}}}`;
const many = (size: number, text: string) => Array(size).fill(text).join(",");
const keys = (size: number) => Array.from({ length: size }, (_, at) => `"k${at}":1`).join(",");

it.each<[string, (size: number) => string]>([
  [
    "tools",
    (size) => result(`"tools":[${many(size, '{"name":"add","_meta":{"ui":{"resourceUri":"ui://x"}}}')}]`),
  ],
  ["blocks", (size) => result(`"content":[${many(size, '{"type":"resource_link","uri":"docs://a"}')}]`)],
  [
    "a long block",
    (size) => result(`"content":[{"uri":"a:b","type":"resource_link","x":"${"a".repeat(16 * size)}"}]`),
  ],
  ["a long URI", (size) => result(`"contents":[{"uri":"${"a".repeat(16 * size)}"}]`)],
  ["escapes", (size) => result(`"contents":[{"uri":"${"\\\\".repeat(8 * size)}"}]`)],
  ["keys", (size) => result(`"tools":[{${keys(size)}}],${keys(size)}`)],
  ["nested values", (size) => result(`"tools":[],"x":${"[".repeat(size)}${"]".repeat(size)}`)],
  ["messages of a batch", (size) => `[${many(size, '{"id":1,"method":"ping"}')}]`],
  ["tasks", (size) => result(`"tasks":[${many(size, '{"taskId":"t1"}')}]`)],
  [
    "text without names",
    (size) => result(`"content":[{"type":"text","text":"${'\\"a '.repeat(8 * size)}"}]`),
  ],
])("translates a message in linear time: %s", (_, textOf) => {
  const text = textOf(SIZE);
  expectLinearWork(() => translate(text));
});

it("splits a subscription in linear time", () => {
  const resourceSubscriptions = Array.from({ length: SIZE }, (_, at) => `docs://m${at % 20}/${at}`);
  const params = { notifications: { resourceSubscriptions } };
  const message = { id: 1, method: "subscriptions/listen", params };
  const body = JSON.stringify({ jsonrpc: "2.0", ...message });
  const request = { method: "POST", server: "/mcp", headers: new Map(), body };
  expectLinearWork(() => {
    routeOf(message, NAMES);
    return memberRequest(request, message, "m7", NAMES);
  });
});
