import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { replaceStrings } from "../../../functions/core/json-strings.ts";

describe("replaceStrings", () => {
  it("reports the path of each string and keeps every other byte", () => {
    const seen: [string, unknown][] = [];
    const text = ' {"a":"1", "b" : [ "2",3,["4"],{"c":"5","d":null}], "e":{"\\u0066":"6"},"g":1.0}\n';
    const changed = replaceStrings(text, (value, path) => {
      seen.push([value, path.slice()]);
      return value === "5" || value === "6" ? `"${value}"` : value;
    });
    expect(seen).toEqual([
      ["1", ["a"]],
      ["2", ["b", 0]],
      ["4", ["b", 2, 0]],
      ["5", ["b", 3, "c"]],
      ["6", ["e", "f"]],
    ]);
    expect(changed).toBe(
      ' {"a":"1", "b" : [ "2",3,["4"],{"c":"\\"5\\"","d":null}], "e":{"\\u0066":"\\"6\\""},"g":1.0}\n',
    );
  });

  it.each([
    '"x"',
    '{"a":{}}',
    "[]",
    "1",
    '{"a":[[],[""]]}',
    '{"a":NaN,"b":-Infinity}',
    "",
    '{"a":"never ends',
    '{"\\"a":"\\\\"}',
  ])("returns the same text if nothing changes: %s", (text) => {
    expect(replaceStrings(text, (value) => value)).toBe(text);
  });

  it("reads strings with escapes", () => {
    expect(replaceStrings('["\\u0061\\"", "b\\\\"]', (value) => `${value}!`)).toBe(
      '["a\\"!","b\\\\!"]'.replace(",", ", "),
    );
  });

  it("searches no deeper than the protocol's own keys", () => {
    const nested = `${'{"a":'.repeat(9)}"x"${"}".repeat(9)}`;
    expect(replaceStrings(nested, () => "y")).toBe(nested);
  });

  it("changes any JSON in the same way as JSON.parse and JSON.stringify", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (text) => {
        const changed = replaceStrings(text, (value) => `${value}?`);
        const expected = JSON.parse(text, (_, value) => (typeof value === "string" ? `${value}?` : value));
        expect(JSON.parse(changed)).toEqual(expected);
      }),
    );
  });
});
