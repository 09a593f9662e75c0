// The work grows with the text and not faster: eight times the text takes about eight times the work, where quadratic work would be 64 times
// as much.
import { expect, it } from "vitest";
import { messageTranslator } from "../../../../functions/core/combined/client-message.ts";
import { memberRequest } from "../../../../functions/core/combined/member-request.ts";
import { routeOf } from "../../../../functions/core/combined/routes.ts";

const NAMES = {
  members: Array.from({ length: 20 }, (_, at) => `m${at}`),
  separator: "__",
};
const translate = messageTranslator("m7", NAMES);

/** CPU microseconds of the cheapest of several runs. */
function cost(work: () => unknown): number {
  const runs = Array.from({ length: 5 }, () => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return user + system;
  });
  return Math.max(100, Math.min(...runs));
}

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
  const [small, large] = [textOf(2_500), textOf(20_000)];
  translate(small);
  expect(cost(() => translate(large)) / cost(() => translate(small))).toBeLessThan(30);
});

it("splits a subscription in linear time", () => {
  const work = (size: number) => {
    const resourceSubscriptions = Array.from({ length: size }, (_, at) => `docs://m${at % 20}/${at}`);
    const params = { notifications: { resourceSubscriptions } };
    const message = { id: 1, method: "subscriptions/listen", params };
    const body = JSON.stringify({ jsonrpc: "2.0", ...message });
    const request = { method: "POST", server: "/mcp", headers: new Map(), body };
    return () => {
      routeOf(message, NAMES);
      return memberRequest(request, message, "m7", NAMES);
    };
  };
  const [small, large] = [work(2_500), work(20_000)];
  small();
  expect(cost(large) / cost(small)).toBeLessThan(30);
});
