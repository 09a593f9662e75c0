import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeCursor,
  encodeCursor,
  type ListPosition,
  unknownCursor,
} from "../../../../functions/core/combined/list-cursor.ts";
import { openId, sealId } from "../../../../functions/core/sealed-id.ts";

const ALICE = { sub: "U2alice", issuer: "https://auth.example.com", server: "/mcp", tenant: "T1" };
const at = (cursor?: string): ListPosition =>
  cursor === undefined ? { from: "start" } : { from: "cursor", cursor };

describe("a combined cursor", () => {
  it("says where each unfinished member's list continues", () => {
    const positions = new Map([
      ["notes", at("p2")],
      ["reports", at()],
      ["mail", at("")],
    ]);
    const text = encodeCursor("tools/list", positions);
    expect(text).toBe('["tools/list",["notes","p2"],["reports"],["mail",""]]');
    expect(decodeCursor(String(text), "tools/list")).toEqual(positions);
  });

  it("keeps every cursor that a server can choose", () => {
    const position = fc.option(fc.string({ unit: "binary" }), { nil: undefined }).map(at);
    const positions = fc
      .array(fc.tuple(fc.stringMatching(/^[a-z0-9-]{1,9}$/), position))
      .map((all) => new Map(all));
    fc.assert(
      fc.property(positions, (all) => {
        const text = encodeCursor("prompts/list", all) as string;
        expect([...(decodeCursor(text, "prompts/list") as typeof all)]).toEqual([...all]);
      }),
    );
  });

  it("is sealed in at most 16,384 characters, and is not written if it would be longer", () => {
    const overhead = '["tools/list",["notes",""]]'.length;
    const longest = encodeCursor("tools/list", new Map([["notes", at("x".repeat(12_260 - overhead))]]));
    const sealed = sealId("secret", "cursor", String(longest), ALICE);
    expect(sealed).toHaveLength(16_384);
    expect(openId(["secret"], "cursor", String(sealed), ALICE)).toBe(longest);
    expect(
      encodeCursor("tools/list", new Map([["notes", at("x".repeat(12_261 - overhead))]])),
    ).toBeUndefined();
    expect(encodeCursor("tools/list", new Map([["notes", at("é".repeat(6_200))]]))).toBeUndefined();
  });

  it.each([
    ["a cursor of another list", '["prompts/list",["notes"]]'],
    ["text that is not JSON", "tools/list"],
    ["an object", '{"0":"tools/list"}'],
    ["an empty list", "[]"],
    ["a member that is a text", '["tools/list","notes"]'],
    ["a member without a name", '["tools/list",[]]'],
    ["a member with two cursors", '["tools/list",["notes","a","b"]]'],
    ["a member with a number", '["tools/list",["notes",7]]'],
    ["a member with null", '["tools/list",["notes",null]]'],
  ])("is not read from %s", (_name, text) => {
    expect(decodeCursor(text, "tools/list")).toBeUndefined();
  });
});

it("a cursor that does not open gets the response that MCP servers give", () => {
  expect(unknownCursor()).toEqual({
    status: 200,
    code: -32602,
    reason: "cursor_unknown",
    message: "Invalid cursor: request the list without one, from its beginning.",
  });
});
