import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { jsonStructureFault, plainKeys } from "../../../functions/core/json-structure.ts";
import { anyClaims } from "../../support/json-values.ts";

describe("jsonStructureFault", () => {
  it.each([
    ["the same key in a row", '{"a":1,"a":2}'],
    ["the same key with others between", '{"a":1,"b":{"c":[]},"a":2}'],
    ["the same key in an inner object", '[{"x":{"a":1,"a":2}}]'],
    ["one of them escaped", '{"name":1,"\\u006eame":2}'],
    ["both escaped differently", '{"\\/":1,"\\u002f":2}'],
    ["a quote in the key", '{"a\\"":1,"a\\"":2}'],
    ["a backslash at the end of the key", '{"a\\\\":1,"a\\\\":2}'],
    ["space around the colon", '{"a" \t\r\n:1,"a":2}'],
    ["the empty key", '{"":1,"":2}'],
    ["a key that objects inherit", '{"__proto__":1,"__proto__":2}'],
    ["the same key after an array", '{"a":[1,{"a":1}],"a":2}'],
  ])("finds a repeated key: %s", (_, text) => {
    expect(JSON.parse(text)).toBeDefined();
    expect(jsonStructureFault(text, 64)).toBe("duplicate_key");
  });

  it.each([
    ["another key", '{"a":1,"b":2}'],
    ["the same key in two objects", '[{"a":1},{"a":2}]'],
    ["the same key at two levels", '{"a":{"a":{"a":1}}}'],
    ["a value like a key", '{"a":"b","b":"a"}'],
    ["the same value twice", '["a","a"]'],
    ["a value that holds a key's text", '{"a":"\\"a\\":","b":"{\\"a\\":1"}'],
    ["brackets inside text", '{"a":"[[[[{{{{","b":"}}]]"}'],
    ["a value that ends in a backslash", '{"a":"\\\\","b":1}'],
    ["keys that differ in case", '{"a":1,"A":2}'],
    ["a text", '"a"'],
    ["a number", "5"],
  ])("finds nothing in %s", (_, text) => {
    expect(JSON.parse(text)).toBeDefined();
    expect(jsonStructureFault(text, 4)).toBeUndefined();
  });

  it.each([
    ["arrays", "[[[[]]]]"],
    ["objects", '{"a":{"a":{"a":{}}}}'],
    ["both", '[{"a":[{}]}]'],
  ])("counts the depth of %s", (_, text) => {
    expect(jsonStructureFault(text, 4)).toBeUndefined();
    expect(jsonStructureFault(text, 3)).toBe("too_deep");
  });

  it("counts depth and not length", () => {
    expect(jsonStructureFault(`[${"[],{},".repeat(1000)}[]]`, 2)).toBeUndefined();
  });

  it("finds nothing in what a serialiser wrote, and every key that is then repeated", () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1, noNullPrototype: true });
    fc.assert(
      fc.property(object, (value) => {
        const text = JSON.stringify(value, null, 1);
        expect(jsonStructureFault(text, 512)).toBeUndefined();
        const repeated = JSON.stringify(Object.keys(value)[0]);
        expect(jsonStructureFault(`${text.slice(0, -1)},${repeated}:0}`, 512)).toBe("duplicate_key");
      }),
    );
  });
});

describe("plainKeys", () => {
  it.each([
    ["a letter", '{"\\u006dethod":1}', '{"method":1}'],
    ["a slash", '{"io\\/x":1}', '{"io/x":1}'],
    ["what is not ASCII", '{"\\u540d":[{"\\u00e9":1}]}', '{"名":[{"é":1}]}'],
    ["space before the colon", '{"\\u0061" \n:1}', '{"a" \n:1}'],
    ["several", '{"\\u0061":"\\u0061","b":2,"\\u0063":3}', '{"a":"\\u0061","b":2,"c":3}'],
    ["a quote and a backslash, which stay", '{"\\"\\\\\\u0061":1}', '{"\\"\\\\a":1}'],
  ])("writes a key without needless escapes: %s", (_, text, plain) => {
    expect(plainKeys(text)).toBe(plain);
  });

  it.each(['{"a":"\\u0061"}', '["\\u0061","\\":"]', '"\\u0061"', '{"a":1}', "[]"])(
    "leaves %s as it is",
    (text) => {
      expect(plainKeys(text)).toBe(text);
    },
  );

  it("parses no key that holds no escape", () => {
    const parseJson = vi.spyOn(JSON, "parse");
    plainKeys('{"a":"\\u0061","b":[{"c":"\\n"}]}');
    expect(parseJson).not.toHaveBeenCalled();
    parseJson.mockRestore();
  });

  it("changes nothing of what the text means", () => {
    const escaped = (value: unknown) =>
      JSON.stringify(value).replace(
        /[A-Z\x80-\uffff]/g,
        (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
      );
    fc.assert(
      fc.property(anyClaims, (value) => {
        expect(JSON.stringify(JSON.parse(plainKeys(escaped(value))))).toBe(JSON.stringify(value));
      }),
    );
  });
});
