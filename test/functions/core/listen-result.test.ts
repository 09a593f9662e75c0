import { expect, it } from "vitest";
import { listenResult } from "../../../functions/core/listen-result.ts";

const listen = { id: "listen:0", method: "subscriptions/listen", params: {} };

it("ends a subscription with the same result as servers send, with the subscription's id", () => {
  expect(listenResult([listen])).toBe(
    'event: message\ndata: {"jsonrpc":"2.0","id":"listen:0","result":{"resultType":"complete","_meta":{"io.modelcontextprotocol/subscriptionId":"listen:0"}}}\n\n',
  );
});

it.each([
  ["a call", [{ ...listen, method: "tools/call" }]],
  ["a notification", [{ ...listen, id: undefined }]],
  ["a request without a usable id", [{ ...listen, id: null }]],
  ["several messages", [listen, listen]],
  ["a GET stream", []],
])("sends nothing at the end of %s", (_, messages) => {
  expect(listenResult(messages)).toBeUndefined();
});
