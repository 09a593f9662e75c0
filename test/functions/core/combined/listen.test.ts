import { describe, expect, it } from "vitest";
import { isAcknowledgement, mergeAcknowledgements } from "../../../../functions/core/combined/listen.ts";

const METHOD = "notifications/subscriptions/acknowledged";
const acknowledged = (notifications: unknown) =>
  JSON.stringify({
    jsonrpc: "2.0",
    method: METHOD,
    params: { _meta: { "io.modelcontextprotocol/subscriptionId": 1 }, notifications },
  });

describe("mergeAcknowledgements", () => {
  it("agrees to what at least one member agreed to", () => {
    const texts = [
      acknowledged({
        toolsListChanged: false,
        promptsListChanged: true,
        resourceSubscriptions: ["docs://notes/a"],
      }),
      acknowledged({ toolsListChanged: true, resourceSubscriptions: ["docs://reports/a", "docs://notes/a"] }),
      acknowledged({ promptsListChanged: false, taskIds: ["reports.t1"] }),
    ];
    expect(mergeAcknowledgements(texts, "listen:0")).toBe(
      '{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{' +
        '"_meta":{"io.modelcontextprotocol/subscriptionId":"listen:0"},"notifications":{' +
        '"toolsListChanged":true,"promptsListChanged":true,' +
        '"resourceSubscriptions":["docs://notes/a","docs://reports/a"],"taskIds":["reports.t1"]}}}',
    );
  });

  it("agrees to nothing if no member did, and keeps the digits of the id", () => {
    expect(mergeAcknowledgements(["", "[]"], JSON.rawJSON("1.0"))).toBe(
      '{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{' +
        '"_meta":{"io.modelcontextprotocol/subscriptionId":1.0},"notifications":{}}}',
    );
  });
});

describe("isAcknowledgement", () => {
  it.each([
    [acknowledged({ toolsListChanged: true }), true],
    [acknowledged(undefined), true],
    [`{"jsonrpc":"2.0","method":"${METHOD}"}`, true],
    ['{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}', false],
    [`["${METHOD}"]`, false],
    ["event", false],
  ])("says of %s: %s", (text, expected) => {
    expect(isAcknowledgement(text)).toBe(expected);
  });
});
