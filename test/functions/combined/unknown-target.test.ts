// The error response to a message that names nothing of any member.
import { describe, expect, it } from "vitest";
import { targetOf, unknownTarget } from "../../../functions/combined/unknown-target.ts";

const shape = (target: Parameters<typeof unknownTarget>[0]) => {
  const { status, code, message } = unknownTarget(target);
  return [status, code, message];
};

describe("the response to a message that names nothing of any member", () => {
  it.each([
    ["tool", "unlisted__add", "Unknown tool: unlisted__add"],
    ["prompt", "unlisted__ask", "Unknown prompt: unlisted__ask"],
    ["resource", "docs://unlisted/a", "Unknown resource: docs://unlisted/a"],
    ["task", undefined, "Unknown task: no name given"],
  ] as const)("is a server's response to an unknown %s", (kind, name, message) => {
    expect(shape({ kind, name })).toEqual([200, -32602, message]);
  });

  it("is a server's response to an unknown method", () => {
    expect(shape({ kind: "method", name: "vendor/x" })).toEqual([200, -32601, "Method not found: vendor/x"]);
  });

  it("is 400 for a response to no request", () => {
    expect(shape({ kind: "response", name: "x" })).toEqual([
      400,
      -32600,
      "The message responds to a request that no server behind this URL has sent.",
    ]);
  });

  it("shows no control characters, and the first 256 characters of a long name", () => {
    const { message } = unknownTarget({ kind: "tool", name: `\u001b[2J${"a".repeat(1_000)}` });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the character that must not be there
    expect(message).not.toMatch(/\u001b/);
    expect(message.length).toBeLessThan(400);
  });
});

describe("what a message to one member names", () => {
  const message = (method: string | undefined, params = {}) => ({ id: 1, method, params });

  it.each([
    [message("tools/call", { name: "a" }), { kind: "tool", name: "a" }],
    [message("resources/read", { uri: "a:b" }), { kind: "resource", name: "a:b" }],
    [
      message("completion/complete", { ref: { type: "ref/resource", uri: "a:{b}" } }),
      { kind: "resource", name: "a:{b}" },
    ],
    [message(undefined), { kind: "response", name: undefined }],
    [message("subscriptions/listen", { notifications: {} }), { kind: "task", name: undefined }],
  ])("%j", (sent, expected) => {
    expect(targetOf(sent)).toEqual(expected);
  });
});
