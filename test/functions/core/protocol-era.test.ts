import { describe, expect, it } from "vitest";
import type { McpMessage } from "../../../functions/core/mcp-message.ts";
import { beginsSession } from "../../../functions/core/protocol-era.ts";

const message = (method: string): McpMessage => ({ id: 1, method, params: {} });

describe("beginsSession", () => {
  it.each([
    ["initialize", ["initialize"], true],
    ["another method", ["tools/list"], false],
    ["a batch with initialize", ["initialize", "tools/list"], false],
    ["an empty batch", [], false],
  ])("is decided by the only message: %s", (_name, methods, expected) => {
    expect(beginsSession(methods.map(message))).toBe(expected);
  });
});
