import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  canonicalHash,
  canonicalJson,
  isJsonObject,
  numberText,
  readJson,
} from "../../../functions/core/json.ts";

describe("readJson", () => {
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
  ])("rejects a repeated key: %s", (_, text) => {
    expect(readJson(text)).toMatchObject({ ok: false, fault: "duplicate_key", value: JSON.parse(text) });
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
    ["words", "[true,false,null]"],
    ["white space", ' \t\r\n{ "a" : [ ] } \n'],
    ["a key that objects inherit", '{"__proto__":{"x":1}}'],
  ])("reads %s as JSON.parse does", (_, text) => {
    expect(readJson(text, { maxDepth: 4 })).toEqual({ ok: true, value: JSON.parse(text) });
  });

  it.each([
    "",
    "{",
    '{"a"',
    '{"a":',
    '"a',
    '"a\\"',
    '{"\\x":1}',
    "[1,]",
    "{a:1}",
    "[01]",
    "[1.]",
    "[1e]",
    "[--1]",
    "[+1]",
    "[.5]",
    "NaN",
    "[Infinity]",
    "[-]",
    "\u{feff}{}",
    "]",
    '"a":1',
    "1 2",
  ])("rejects %j, which is not JSON", (text) => {
    expect(readJson(text)).toEqual({ ok: false, fault: "syntax" });
  });

  it.each([
    ["arrays", "[[[[]]]]"],
    ["objects", '{"a":{"a":{"a":{}}}}'],
    ["both", '[{"a":[{}]}]'],
  ])("limits the depth of %s", (_, text) => {
    expect(readJson(text, { maxDepth: 4 }).ok).toBe(true);
    expect(readJson(text, { maxDepth: 3 })).toEqual({ ok: false, fault: "too_deep" });
  });

  it("limits the depth and not the length", () => {
    expect(readJson(`[${"[],{},".repeat(1000)}[]]`, { maxDepth: 2 }).ok).toBe(true);
  });

  it("limits the depth to 64 by default", () => {
    expect(readJson("[".repeat(64) + "]".repeat(64)).ok).toBe(true);
    expect(readJson("[".repeat(65) + "]".repeat(65))).toEqual({ ok: false, fault: "too_deep" });
  });

  it("rejects nesting that would overflow the stack", () => {
    expect(readJson("[".repeat(1_000_000))).toEqual({ ok: false, fault: "too_deep" });
  });

  it.each([
    "1162345678901234567",
    "1162345678901234568",
    "9007199254740993",
    "9223372036854775807",
    "-9223372036854775808",
    "1e400",
    "-1e400",
    "1.0",
    "1E5",
    "1e5",
    "-0",
    "0.10",
    "0.1000000000000000055511151231257827",
    "123456789012345678901234567890.5",
  ])("keeps the digits of %s", (digits) => {
    const reading = readJson(`{"a":[${digits}]}`);
    const [value] = (reading.value as { a: unknown[] }).a;
    expect(numberText(value)).toBe(digits);
    expect(JSON.stringify(reading.value)).toBe(`{"a":[${digits}]}`);
  });

  it.each(["0", "5", "-5", "0.5", "1e+21", "9007199254740991", "1.5e-7"])(
    "reads %s as an ordinary number",
    (digits) => {
      const reading = readJson(`[${digits}]`);
      expect(reading.value).toEqual([Number(digits)]);
    },
  );

  it.each([
    ["NaN", "[null]"],
    ["Infinity", "[null]"],
    ["-Infinity", "[null]"],
  ])("reads %s as null if the options allow it", (word, read) => {
    expect(JSON.stringify(readJson(`[${word}]`, { allowNonFinite: true }).value)).toBe(read);
    expect(readJson(`["${word}"]`, { allowNonFinite: true }).value).toEqual([word]);
    expect(readJson(`[x${word}]`, { allowNonFinite: true }).ok).toBe(false);
    expect(readJson(`[${word}x]`, { allowNonFinite: true }).ok).toBe(false);
  });

  it.each(["Nan", "Inf", "-Inf", "INFINITY", "-NaN", "I", "N", "-"])(
    "rejects %s although NaN and Infinity are allowed",
    (word) => {
      expect(readJson(`[${word}]`, { allowNonFinite: true })).toEqual({ ok: false, fault: "syntax" });
    },
  );

  // nodejs/node#63785: V8 reads the last key of the second text as a backslash, once it has read the first.
  it("reads an escaped key that V8 misreads after another text", () => {
    const poison = '{"h":[],"\\\\":0}';
    const text = '{"h":1,"\\"":2}';
    readJson(poison);
    JSON.parse(poison);
    expect(Object.keys(readJson(text).value as object)).toEqual(["h", '"']);
    expect(Object.keys(readJson('{"h":1,"\\n":2}').value as object)).toEqual(["h", "\n"]);
  });

  it("reads a key with an escaped letter", () => {
    expect(readJson('{"\\u006dethod":{"\\u540d":"\\u0061"}}').value).toEqual({ method: { 名: "a" } });
  });

  it("keeps a key that looks like one of the parser's internal codes", () => {
    for (const key of ["\u{f0001}", "\u{f0001}6100", '\u{f0001}"', "a\u{f0001}"]) {
      expect(readJson(JSON.stringify({ [key]: 1 }))).toEqual({ ok: true, value: { [key]: 1 } });
    }
  });

  it("keeps a lone surrogate in a key", () => {
    expect(Object.keys(readJson('{"\\ud800":1}').value as object)).toEqual(["\ud800"]);
  });

  it("reads what a serializer wrote, and rejects any key that is then repeated", () => {
    const object = fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue(), {
      minKeys: 1,
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(object, (value) => {
        const text = JSON.stringify(value, null, 1);
        const reading = readJson(text, { maxDepth: 512 });
        expect(reading.ok && JSON.stringify(reading.value, null, 1)).toBe(text);
        const repeated = JSON.stringify(Object.keys(value)[0]);
        expect(readJson(`${text.slice(0, -1)},${repeated}:0}`, { maxDepth: 512 })).toMatchObject({
          ok: false,
          fault: "duplicate_key",
        });
      }),
    );
  });

  it("accepts exactly the texts that JSON.parse accepts", () => {
    const pieces = fc.constantFrom(...'{}[]:,"\\ue+-.019NaInfty \n', '"a"', '"\\u0061"', "null", "1", "NaN");
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (array) => {
        const text = array.join("");
        let accepts = true;
        try {
          JSON.parse(text);
        } catch {
          accepts = false;
        }
        const reading = readJson(text);
        expect(reading.ok || reading.fault === "duplicate_key").toBe(accepts);
      }),
      { numRuns: 20_000 },
    );
  });
});

describe("numberText", () => {
  it.each([
    [5, "5"],
    [JSON.rawJSON("1.0"), "1.0"],
    ["5", undefined],
    [null, undefined],
    [{ rawJSON: "5" }, undefined],
  ])("returns the digits of a number and undefined for anything else: %j", (value, text) => {
    expect(numberText(value)).toBe(text);
  });
});

describe("canonical JSON", () => {
  describe("from canonicalJson", () => {
    it("sorts keys at every depth, keeps the order of arrays and omits undefined", () => {
      expect(canonicalJson({ b: [{ d: 1, c: null }, 2], a: undefined, A: "x" })).toBe(
        '{"A":"x","b":[{"c":null,"d":1},2]}',
      );
    });

    it("is identical for any key order, and represents the same value", () => {
      fc.assert(
        fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
          const turned = Object.fromEntries(Object.entries(value).reverse());
          expect(canonicalJson(turned)).toBe(canonicalJson(value));
          expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
        }),
      );
    });

    it("keeps the digits of a number that was parsed with its digits", () => {
      expect(canonicalJson({ b: [JSON.rawJSON("1.0")], a: JSON.rawJSON("1162345678901234567") })).toBe(
        '{"a":1162345678901234567,"b":[1.0]}',
      );
    });

    it("has two hashes for two numbers that differ in digits that a double loses", () => {
      const hashOf = (digits: string) => canonicalHash({ user_id: JSON.rawJSON(digits) });
      expect(hashOf("1162345678901234567")).not.toBe(hashOf("1162345678901234568"));
      expect(hashOf("1162345678901234567")).not.toBe(
        canonicalHash({ user_id: { rawJSON: "1162345678901234567" } }),
      );
    });

    it("is hashed with SHA-256", () => {
      expect(canonicalHash({})).toBe("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
    });
  });
});

describe("isJsonObject", () => {
  it("is true for objects only, not for arrays, null or numbers with their digits", () => {
    const values = [{}, [], null, "a", undefined, JSON.rawJSON("1.0")];
    expect(values.map(isJsonObject)).toEqual([true, false, false, false, false, false]);
  });
});
