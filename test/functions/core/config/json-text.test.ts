import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { scanJson } from "../../../../functions/core/config/json-text.ts";

const message = (text: string) => scanJson(text).faults[0]?.message;

describe("scanJson", () => {
  it.each([
    [
      "a comma before the end of an object",
      '{"a": 1,}',
      'line 1, column 9: a comma before "}". Remove the comma.',
    ],
    ["a comma before the end of a list", "[1,]", 'line 1, column 4: a comma before "]". Remove the comma.'],
    [
      "a missing comma",
      '{"a": 1\n "b": 2}',
      'line 2, column 2: expected "," or "}", got a string (is a comma missing',
    ],
    ["a missing colon", '{"a" 1}', 'expected ":" after the key, got "1".'],
    ["a missing value", '{"a": }', 'expected a value, got "}".'],
    ["a key without quotes", "{a: 1}", 'expected a key in double quotes, got "a".'],
    ["single quotes", "{'a': 1}", "expected a key in double quotes, got a single quote. Use double quotes."],
    ["a line comment", '{ // note\n"a": 1}', "got a comment, which JSON does not have. Remove it."],
    ["a block comment", '{"a": /* note */ 1}', "got a comment, which JSON does not have. Remove it."],
    ["an unfinished object", '{"a": 1', 'expected "," or "}", got the end of the file.'],
    ["an unfinished list", "[1", 'expected "," or "]", got the end of the file.'],
    ["an unfinished string", '{"a": "b', "expected a value, got a string (is a comma missing, or a quote"],
    ["text after the end", "{} {}", 'expected the end of the file after the closing brace, got "{".'],
    ["a control character", '{"a": \u0007}', 'got "\\u0007".'],
    ["a number with a leading zero", "[01]", 'expected "," or "]", got "1".'],
    ["nothing", "", "expected a value, got the end of the file."],
  ])("says what is wrong and where: %s", (_name, text, expected) => {
    expect(message(text)).toContain(expected);
  });

  it("reports a fault of the whole file with its line, and the lines up to there", () => {
    expect(scanJson('{\n"a": 1,\n}')).toEqual({
      faults: [
        {
          path: "",
          line: 3,
          message: 'not valid JSON at line 3, column 1: a comma before "}". Remove the comma.',
        },
      ],
      lines: new Map([
        ["", 1],
        ["a", 2],
      ]),
    });
  });

  it("does not quote the text around a fault, which may hold a secret", () => {
    expect(message('{"secret": "hunter2" "x": 1}')).not.toContain("hunter2");
  });

  it("finds every repeated key, with path and lines", () => {
    const text = '{\n"a": {"b": 1,\n"b": 2},\n"a": 3, "c": 1, "c": 2}';
    expect(scanJson(text).faults).toEqual([
      {
        path: "a.b",
        line: 3,
        message: "this key stands twice in the same object, on lines 2 and 3. Keep one of them.",
      },
      {
        path: "a",
        line: 4,
        message: "this key stands twice in the same object, on lines 2 and 4. Keep one of them.",
      },
      {
        path: "c",
        line: 4,
        message: "this key stands twice in the same object, on line 4. Keep one of them.",
      },
    ]);
  });

  it("takes an escaped key for the same key", () => {
    expect(scanJson('{"ab": 1, "\\u0061b": 2}').faults.map((fault) => fault.path)).toEqual(["ab"]);
  });

  it("lets the same key stand in different objects", () => {
    expect(scanJson('[{"a": 1}, {"a": 2}]').faults).toEqual([]);
  });

  it("knows the line of every member", () => {
    const { lines } = scanJson('{\n  "a": [\n    1,\n    {"b.c": true}\n  ]\n}');
    expect([...lines]).toEqual([
      ["", 1],
      ["a", 2],
      ["a[0]", 3],
      ["a[1]", 4],
      ['a[1]["b.c"]', 4],
    ]);
  });

  it("refuses nesting deeper than the limit, and takes nesting at the limit", () => {
    expect(scanJson("[[[1]]]", 3).faults).toEqual([]);
    expect(scanJson("[[[[1]]]]", 3).faults[0]?.message).toContain("nested deeper than 3 levels.");
    expect(scanJson("[".repeat(50_000)).faults[0]?.message).toContain("nested deeper than 64 levels.");
  });

  it("takes exactly the escapes of JSON", () => {
    const ascii = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));
    expect(ascii.filter((character) => scanJson(`"\\${character}a"`).faults.length === 0)).toEqual([
      '"',
      "/",
      "\\",
      "b",
      "f",
      "n",
      "r",
      "t",
    ]);
    expect(ascii.filter((character) => scanJson(`"\\u${character.repeat(4)}"`).faults.length === 0)).toEqual([
      ..."0123456789ABCDEFabcdef",
    ]);
  });

  it.each(['"\\u00e"', '"\\u"', '"\\u{61}"', '"\\"', '"a\tb"', '"a\nb"', '"\u0000"', "'a'"])(
    "refuses the string %s",
    (text) => expect(scanJson(text).faults).toHaveLength(1),
  );

  it.each(['"\\u00e9a"', '"\\u00E90"', '"\u007f\u2028\uffff"', '"😀"', '"\\\\"', '""'])(
    "takes the string %s",
    (text) => expect(scanJson(text).faults).toEqual([]),
  );

  it.each(["0", "-0", "10", "-1.50", "1e5", "1E5", "1e+5", "1e-05", "1.5e10", "12.25E-10"])(
    "takes the number %s",
    (text) => expect(scanJson(text).faults).toEqual([]),
  );

  it.each(["-", "01", "+1", "1.", ".5", "1e", "1e+", "1ex5", "1e/5", "0x1", "1_0", "NaN", "Infinity", "-a"])(
    "refuses the number %s",
    (text) => expect(scanJson(text).faults).toHaveLength(1),
  );

  it.each(["tru", "True", "nul", "undefined", "truefalse"])("refuses the word %s", (text) => {
    expect(scanJson(text).faults).toHaveLength(1);
  });

  it("takes white space of JSON alone", () => {
    const latin = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));
    expect(latin.filter((character) => scanJson(`[${character}]`).faults.length === 0).join("")).toBe(
      "\t\n\r 0123456789",
    );
    expect(scanJson(" \t\n\r[ \t\n\r1 \t\n\r, \t\n\r2 \t\n\r] \t\n\r").faults).toEqual([]);
    expect(scanJson('{ "a" \n: \n1 , "b": 2 }').faults).toEqual([]);
  });

  it("accepts exactly what JSON.parse accepts", () => {
    const almostJson = fc
      .tuple(
        fc.json({ maxDepth: 4 }),
        fc.nat(),
        fc.constantFrom("", ",", '"', "}", "]", ":", "0", "-", "\\", "e", "\n", " "),
      )
      .map(([text, at, piece]) => {
        const position = at % (text.length + 1);
        return text.slice(0, position) + piece + text.slice(position + (at % 2));
      });
    fc.assert(
      fc.property(fc.oneof(fc.json(), almostJson, fc.string()), (text) => {
        const accepted = scanJson(text).faults.every((fault) =>
          fault.message.startsWith("this key stands twice"),
        );
        expect(accepted).toBe(isJson(text));
      }),
      { numRuns: 500 },
    );
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
