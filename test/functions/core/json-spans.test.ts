import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eachElement, eachProperty, endOfValue, stringAt } from "../../../functions/core/json-spans.ts";

/** The members of the object that a text is, each as it is written. */
function members(text: string): [string, string][] {
  const found: [string, string][] = [];
  eachProperty(text, 0, (key, at) => {
    const end = endOfValue(text, at);
    found.push([key, text.slice(at, end)]);
    return end;
  });
  return found;
}

function elements(text: string): string[] {
  const found: string[] = [];
  eachElement(text, 0, (at) => {
    const end = endOfValue(text, at);
    found.push(text.slice(at, end));
    return end;
  });
  return found;
}

describe("eachProperty", () => {
  it("returns keys and values as they are written", () => {
    expect(members('{ "a" : 1.0 ,\n"b\\u0063":{"x":[1,"}"]}, "d":"\\\\", "e":NaN}')).toEqual([
      ["a", "1.0"],
      ["bc", '{"x":[1,"}"]}'],
      ["d", '"\\\\"'],
      ["e", "NaN"],
    ]);
  });

  it("returns a repeated key each time, and nothing for an empty object", () => {
    expect(members('{"a":1,"a":2}')).toEqual([
      ["a", "1"],
      ["a", "2"],
    ]);
    expect(members("{ }")).toEqual([]);
  });

  it("returns the index after the object", () => expect(eachProperty("{}x", 0, () => 0)).toBe(2));
});

describe("eachElement", () => {
  it("returns elements as they are written", () => {
    expect(elements('[ 1 ,"a]",[[2],{}] , null ]')).toEqual(["1", '"a]"', "[[2],{}]", "null"]);
    expect(elements("[ ]")).toEqual([]);
  });
});

describe("stringAt", () => {
  it.each([
    ['"plain"', "plain"],
    ['"\\u0061\\n"', "a\n"],
    ['"\\x"', "\\x"],
  ])("reads %s", (text, value) => expect(stringAt(text, 0, text.length)).toBe(value));
});

describe("eachProperty and eachElement", () => {
  it("find the same values as JSON.parse", () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true });
    fc.assert(
      fc.property(object, fc.array(fc.jsonValue()), fc.constantFrom(undefined, 1), (value, list, space) => {
        const found = members(JSON.stringify(value, null, space));
        expect(found.map(([key, text]) => [key, JSON.parse(text)])).toEqual(
          Object.entries(JSON.parse(JSON.stringify(value))),
        );
        expect(elements(JSON.stringify(list, null, space)).map((text) => JSON.parse(text))).toEqual(
          JSON.parse(JSON.stringify(list)),
        );
      }),
    );
  });

  it("terminate on any text, beyond the index at which they started", () => {
    const text = fc.string({ unit: fc.constantFrom(...'{}[]":,\\ 1a') });
    fc.assert(
      fc.property(text, (any) => {
        expect(endOfValue(any, 0)).toBeGreaterThan(0);
        members(`{${any}`);
        elements(`[${any}`);
      }),
    );
  });
});
