import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseGatewayConfig } from "../../../../functions/core/config/gateway-config.ts";
import { deployedText, scanJson } from "../../../../functions/core/config/parse-config.ts";
import { parseServerConfig } from "../../../../functions/core/config/server-config.ts";
import { faultLines, jwtBlock } from "../../../support/config-blocks.ts";

// nodejs/node#63785: JSON.parse reads the key of the second text as a backslash, once it has read the first.
it("reads an escaped key of a configuration file correctly, whatever was parsed before", () => {
  JSON.parse('{"h":[],"\\\\":0}');
  const faults = faultLines(parseGatewayConfig('{"h":1.0,"\\"":[2e0]}'));
  expect(faults.join("\n")).toContain('\\"');
});

describe("the text of a configuration file", () => {
  it.each([
    ["nothing", "", ': the file is empty. Start with {"$schema": …}.'],
    ["white space", " \n", ': the file is empty. Start with {"$schema": …}.'],
    [
      "a byte order mark",
      "\uFEFF{}",
      ": the file starts with a byte order mark. Save it as UTF-8 without one.",
    ],
    [
      "bytes that are not UTF-8",
      '{"resource_name": "\uFFFD"}',
      ": the file is not valid UTF-8. Save it as UTF-8.",
    ],
    ["no JSON", "public_url: x", ': not valid JSON at line 1, column 1: expected a value, got "p".'],
    [
      "far too much",
      `{"resource_name": "${"x".repeat(65_536)}"}`,
      ": expected at most 8192 bytes (the limit of an SSM parameter), got 65557 characters. Shorten it.",
    ],
    [
      "more than a parameter holds",
      `{"resource_name": "${"x".repeat(8192)}"}`,
      ": expected at most 8192 bytes without white space (the limit of an SSM parameter), got 8212. Shorten it.",
    ],
    [
      "more bytes than characters",
      `{"resource_name": "${"ä".repeat(4096)}"}`,
      ": expected at most 8192 bytes without white space (the limit of an SSM parameter), got 8212. Shorten it.",
    ],
  ])("is rejected with %s", (_name, text, fault) => {
    expect(faultLines(parseGatewayConfig(text))).toEqual([fault]);
  });

  it.each(["", "{", '{"zzzzzz": 1}'])("is marked as rejected: %j", (text) => {
    expect(parseGatewayConfig(text)).toEqual({ ok: false, faults: [expect.anything()] });
  });

  it("can be as large as a parameter, not counting white space", () => {
    expect(faultLines(parseGatewayConfig(`{  "resource_name": "${"x".repeat(8172)}"}`))).toEqual([]);
  });

  it("can have 65536 characters, nearly all of them white space", () => {
    expect(faultLines(parseGatewayConfig("{}".padEnd(65_536)))).toEqual([]);
    expect(faultLines(parseGatewayConfig("{}".padEnd(65_537)))).toEqual([
      ": expected at most 8192 bytes (the limit of an SSM parameter), got 65537 characters. Shorten it.",
    ]);
  });

  it("is rejected for its size together with all other errors", () => {
    expect(
      faultLines(parseGatewayConfig(`{"resource_name": "${"x".repeat(8192)}", "zzzzzz": 1, "zzzzzz": 1}`)),
    ).toEqual([
      "zzzzzz: this key occurs twice in the same object, on line 1. Keep one of them.",
      ": expected at most 8192 bytes without white space (the limit of an SSM parameter), got 8223. Shorten it.",
      expect.stringMatching(/^zzzzzz: unknown key\./),
    ]);
  });

  it("is rejected with the path of an error inside a list, not with the error that the list is not a string", () => {
    expect(
      faultLines(
        parseServerConfig('{"url": "https://a.example/mcp", "forward_headers": [{"from": "a b", "to": 5}]}'),
      ),
    ).toEqual([
      'forward_headers[0].from: expected a header name (letters, digits, "-"), got "a b".',
      "forward_headers[0].to: expected a header name, got the number 5.",
    ]);
  });

  it("is rejected with repeated keys together with all other errors", () => {
    const text = '{"url": "https://a.example/mcp",\n"url": "https://b.example/mcp", "retries": 1}';
    expect(faultLines(parseServerConfig(text))).toEqual([
      "url: this key occurs twice in the same object, on lines 1 and 2. Keep one of them.",
      expect.stringMatching(/^retries: unknown key\. Known keys: \$schema, url, .*\. Remove it\.$/),
    ]);
  });

  it("never makes the parsers throw, whatever it contains", () => {
    const anything = fc.oneof(fc.string(), fc.json(), fc.string({ unit: "binary" }));
    fc.assert(
      fc.property(anything, (text) => {
        for (const parsed of [parseGatewayConfig(text), parseServerConfig(text)]) {
          if (!parsed.ok) expect(parsed.faults.length).toBeGreaterThan(0);
        }
      }),
    );
  });

  it("never makes the parsers throw if known keys have arbitrary values", () => {
    const keys = [
      "descope",
      "jwt_validation",
      "user_identity_forwarding",
      "headers",
      "forward_headers",
      "tool_authorization",
      "timeouts",
      "limits",
      "jwksUri",
      "jwks",
      "keys",
      "claimValues",
      "iss",
      "aud",
      "values",
      "matchType",
      "method",
      "issuers",
      "url",
      "public_url",
      "__proto__",
      "constructor",
      "from",
      "to",
    ];
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.jsonValue({ maxDepth: 1 }),
        fc.constantFrom("regex", "exact", "bearer", "project", "("),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...keys), tie("value"), { maxKeys: 5 }),
      ),
    }));
    fc.assert(
      fc.property(value, (config) => {
        const text = JSON.stringify(config);
        for (const parsed of [parseGatewayConfig(text), parseServerConfig(text)]) {
          for (const fault of parsed.ok ? [] : parsed.faults)
            expect(fault.message).not.toMatch(/^Invalid|undefined/);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("has the same meaning after it is parsed and written again", () => {
    const parsed = parseServerConfig(
      JSON.stringify({ url: "https://a.example/mcp", jwt_validation: jwtBlock() }),
    );
    expect(parsed.ok && parseServerConfig(JSON.stringify(parsed.config))).toEqual(parsed);
  });
});

describe("deployedText", () => {
  it("removes only white space and $schema", () => {
    expect(deployedText('{\n  "$schema": "x",\n  "url": "https://a.example/mcp"\n}')).toBe(
      '{"url":"https://a.example/mcp"}',
    );
  });

  it.each([
    ["a secret reference", "{{ssm:/team/key}}", "\\u007b\\u007bssm:/team/key}}"],
    [
      "a dynamic reference of CloudFormation",
      "{{resolve:ssm-secure:/a:1}}",
      "\\u007b\\u007bresolve:ssm-secure:/a:1}}",
    ],
    ["a token of the CDK", "$" + "{Token[TOKEN.7]}", "$\\u007bToken[TOKEN.7]}"],
    ["a list token of the CDK", "#{Token[TOKEN.7]}", "#\\u007bToken[TOKEN.7]}"],
    ["a substitution", `$${"{"}AWS::Region} $$${"{{{"}`, "$\\u007bAWS::Region} $$\\u007b\\u007b{"],
    ["a backslash before braces", "\\{{", "\\\\\\u007b\\u007b"],
  ])("writes %s as an escape with the same meaning", (_name, text, written) => {
    const deployed = deployedText(JSON.stringify({ [text]: text }));
    expect(deployed).toBe(`{"${written}":"${written}"}`);
    expect(JSON.parse(deployed)).toEqual({ [text]: text });
  });

  it("keeps the digits of numbers", () => {
    expect(deployedText('{"a": 1.0, "b": 12345678901234567890, "c": 1e400}')).toBe(
      '{"a":1.0,"b":12345678901234567890,"c":1e400}',
    );
  });

  it("changes nothing in its own result, and never the meaning", () => {
    const text = fc.oneof(fc.string({ unit: "grapheme" }), fc.stringMatching(/^[${}#\\a]*$/));
    const values = fc.dictionary(text, fc.oneof(text, fc.integer(), fc.array(text)));
    fc.assert(
      fc.property(values, (value) => {
        const deployed = deployedText(JSON.stringify(value, null, 2));
        expect(deployedText(deployed)).toBe(deployed);
        expect(deployed).not.toMatch(/\{\{|[$#]\{/);
        const { $schema: _, ...rest } = value;
        expect(JSON.stringify(JSON.parse(deployed))).toBe(JSON.stringify(rest));
      }),
    );
  });

  it("is the text whose size is limited, including escapes", () => {
    // 8,190 bytes as JSON, 8,200 with the two escapes.
    const name = `{{${"x".repeat(8_190 - '{"resource_name":"{{"}'.length)}`;
    expect(faultLines(parseGatewayConfig(JSON.stringify({ resource_name: name })))).toEqual([
      ": expected at most 8192 bytes without white space (the limit of an SSM parameter), got 8200. Shorten it.",
    ]);
  });
});

describe("the syntax of JSON files", () => {
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
      [
        "single quotes",
        "{'a': 1}",
        "expected a key in double quotes, got a single quote. Use double quotes.",
      ],
      ["a line comment", '{ // note\n"a": 1}', "got a comment, which JSON does not have. Remove it."],
      ["a block comment", '{"a": /* note */ 1}', "got a comment, which JSON does not have. Remove it."],
      ["an unfinished object", '{"a": 1', 'expected "," or "}", got the end of the file.'],
      ["an unfinished list", "[1", 'expected "," or "]", got the end of the file.'],
      ["an unfinished string", '{"a": "b', "expected a value, got a string (is a comma missing, or a quote"],
      ["text after the end", "{} {}", 'expected the end of the file after the closing brace, got "{".'],
      ["a control character", '{"a": \u0007}', 'got "\\u0007".'],
      ["a number with a leading zero", "[01]", 'expected "," or "]", got "1".'],
      ["nothing", "", "expected a value, got the end of the file."],
    ])("reports the error and its position: %s", (_name, text, expected) => {
      expect(message(text)).toContain(expected);
    });

    it("reports an error of the whole file with its line and the preceding lines", () => {
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

    it("does not quote the text around an error, which may contain a secret", () => {
      expect(message('{"secret": "hunter2" "x": 1}')).not.toContain("hunter2");
    });

    it("finds every repeated key with its path and lines", () => {
      const text = '{\n"a": {"b": 1,\n"b": 2},\n"a": 3, "c": 1, "c": 2}';
      expect(scanJson(text).faults).toEqual([
        {
          path: "a.b",
          line: 3,
          message: "this key occurs twice in the same object, on lines 2 and 3. Keep one of them.",
        },
        {
          path: "a",
          line: 4,
          message: "this key occurs twice in the same object, on lines 2 and 4. Keep one of them.",
        },
        {
          path: "c",
          line: 4,
          message: "this key occurs twice in the same object, on line 4. Keep one of them.",
        },
      ]);
    });

    it("recognizes an escaped key as the same key", () => {
      expect(scanJson('{"ab": 1, "\\u0061b": 2}').faults.map((fault) => fault.path)).toEqual(["ab"]);
    });

    it("allows the same key in different objects", () => {
      expect(scanJson('[{"a": 1}, {"a": 2}]').faults).toEqual([]);
    });

    it("returns the line of every member", () => {
      const { lines } = scanJson('{\n  "a": [\n    1,\n    {"b.c": true}\n  ]\n}');
      expect([...lines]).toEqual([
        ["", 1],
        ["a", 2],
        ["a[0]", 3],
        ["a[1]", 4],
        ['a[1]["b.c"]', 4],
      ]);
    });

    it("rejects nesting deeper than the limit, and accepts nesting at the limit", () => {
      expect(scanJson("[[[1]]]", 3).faults).toEqual([]);
      expect(scanJson("[[[[1]]]]", 3).faults[0]?.message).toContain("nested deeper than 3 levels.");
      expect(scanJson("[".repeat(50_000)).faults[0]?.message).toContain("nested deeper than 64 levels.");
    });

    it("accepts exactly the escapes of JSON", () => {
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
      expect(
        ascii.filter((character) => scanJson(`"\\u${character.repeat(4)}"`).faults.length === 0),
      ).toEqual([..."0123456789ABCDEFabcdef"]);
    });

    it.each(['"\\u00e"', '"\\u"', '"\\u{61}"', '"\\"', '"a\tb"', '"a\nb"', '"\u0000"', "'a'"])(
      "rejects the string %s",
      (text) => expect(scanJson(text).faults).toHaveLength(1),
    );

    it.each(['"\\u00e9a"', '"\\u00E90"', '"\u007f\u2028\uffff"', '"😀"', '"\\\\"', '""'])(
      "accepts the string %s",
      (text) => expect(scanJson(text).faults).toEqual([]),
    );

    it.each(["0", "-0", "10", "-1.50", "1e5", "1E5", "1e+5", "1e-05", "1.5e10", "12.25E-10"])(
      "accepts the number %s",
      (text) => expect(scanJson(text).faults).toEqual([]),
    );

    it.each([
      "-",
      "01",
      "+1",
      "1.",
      ".5",
      "1e",
      "1e+",
      "1ex5",
      "1e/5",
      "0x1",
      "1_0",
      "NaN",
      "Infinity",
      "-a",
    ])("rejects the number %s", (text) => expect(scanJson(text).faults).toHaveLength(1));

    it.each(["tru", "True", "nul", "undefined", "truefalse"])("rejects the word %s", (text) => {
      expect(scanJson(text).faults).toHaveLength(1);
    });

    it("accepts only the white space of JSON", () => {
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
            fault.message.startsWith("this key occurs twice"),
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
});
