// Edits only the `blocked` list and keeps the rest of a file byte for byte.
import { describe, expect, it } from "vitest";
import { blockValues, unblockValues, withEntries, writtenEntries } from "../../cli/blocked-text.ts";

const LEAKED = { claim: "sub", values: ["U2"], until: "2026-12-31", reason: "leaked token" };
const LINE = '    { "claim": "sub", "values": ["U2"], "until": "2026-12-31", "reason": "leaked token" }';

describe("withEntries", () => {
  it("adds the list after the last member and keeps the text of the others", () => {
    expect(withEntries('{\n  "a": 1.0,\n  "b": [ 1,2 ]\n}\n', [LEAKED])).toBe(
      `{\n  "a": 1.0,\n  "b": [ 1,2 ],\n  "blocked": [\n${LINE}\n  ]\n}\n`,
    );
  });

  it("replaces the list in its place", () => {
    const text = '{\n  "blocked": [{"claim":"x","values":["]"]}],\n  "z": {"blocked": 1}\n}';
    expect(withEntries(text, [LEAKED, { claim: "jti", values: [5, true] }])).toBe(
      `{\n  "blocked": [\n${LINE},\n    { "claim": "jti", "values": [5, true] }\n  ],\n  "z": {"blocked": 1}\n}`,
    );
  });

  it("writes an empty list if no entries remain", () => {
    expect(withEntries('{"blocked": [1], "z": 1}', [])).toBe('{"blocked": [], "z": 1}');
  });

  it("adds the list to an empty object", () => {
    expect(JSON.parse(withEntries("{}", [LEAKED]))).toEqual({ blocked: [LEAKED] });
  });
});

it("reads no entries from a text without the key", () => {
  expect(writtenEntries('{"url":"x"}')).toEqual([]);
});

describe("blockValues and unblockValues", () => {
  const many = [
    { claim: "sub", values: ["U1", "U2"], reason: "first" },
    { claim: "azp", values: ["U2"] },
    { claim: "sub", values: ["U2"] },
  ];

  it("keep a value once: the newest end and reason replace the previous ones", () => {
    expect(blockValues(many, LEAKED)).toEqual([
      { claim: "sub", values: ["U1"], reason: "first" },
      { claim: "azp", values: ["U2"] },
      LEAKED,
    ]);
  });

  it("remove a value of one claim only, and an entry without other values", () => {
    expect(unblockValues(many, { claim: "sub", values: ["U2"] })).toEqual([
      { claim: "sub", values: ["U1"], reason: "first" },
      { claim: "azp", values: ["U2"] },
    ]);
  });

  it("compare values as strings", () => {
    expect(unblockValues([{ claim: "id", values: [7, 8] }], { claim: "id", values: ["7"] })).toEqual([
      { claim: "id", values: [8] },
    ]);
  });
});
