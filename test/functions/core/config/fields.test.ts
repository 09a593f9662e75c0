import * as v from "valibot";
import { describe, expect, it } from "vitest";
import {
  checkedText,
  choice,
  closedObject,
  durationSeconds,
  filledList,
  flag,
  list,
  namedEntries,
  requiredKey,
  scopeField,
  textField,
  textWithReferences,
  wholeNumber,
} from "../../../../functions/core/config/fields.ts";

const messages = (schema: v.GenericSchema, input: unknown) =>
  (v.safeParse(schema, input).issues ?? []).map((issue) => issue.message);

describe("textField", () => {
  it.each(["a", " ", "ab c", "Ä"])("accepts %j", (text) => {
    expect(messages(textField(), text)).toEqual([]);
  });

  it.each([
    ["\u0000", '"\\u0000"'],
    ["a\n", '"a\\n"'],
    ["\na", '"\\na"'],
    ["a\u007fb", '"a\\u{7f}b"'],
  ])("rejects %j", (text, words) => {
    expect(messages(textField("a name"), text)).toEqual([
      `expected a name, without control characters, got ${words}.`,
    ]);
  });

  it("rejects an empty string and values that are not strings", () => {
    expect(messages(textField(), "")).toEqual([
      "expected a non-empty string, without control characters, got an empty string.",
    ]);
    expect(messages(textField(), 5)).toEqual(["expected a non-empty string, got the number 5."]);
  });
});

describe("checkedText", () => {
  const schema = checkedText("a word", (text) => (text === "bad" ? "bad." : undefined));

  it("reports the message of the check, and runs the check only for strings", () => {
    expect(messages(schema, "good")).toEqual([]);
    expect(messages(schema, "bad")).toEqual(["bad."]);
    expect(messages(schema, null)).toEqual(["expected a word, got null."]);
  });
});

describe("textWithReferences", () => {
  it("describes only the kind of a value, which may be a secret", () => {
    expect(messages(textWithReferences(), 1234)).toEqual(["expected a string, got a number."]);
    expect(messages(textWithReferences(), "hunter2 {{ssm:name}}")).toEqual([
      'expected a secret reference of the form "{{ssm:/name}}", got a string with other double braces (not shown). Fix it.',
    ]);
  });
});

describe("wholeNumber", () => {
  const schema = wholeNumber("seconds", 2, 4);

  it.each([2, 3, 4])("accepts %d", (input) => expect(messages(schema, input)).toEqual([]));

  it.each([
    [1, "the number 1"],
    [5, "the number 5"],
    [2.5, "the number 2.5"],
    ["3", '"3"'],
    [null, "null"],
  ])("rejects %j", (input, words) => {
    expect(messages(schema, input)).toEqual([
      `expected a whole number of seconds from 2 to 4, got ${words}.`,
    ]);
  });
});

describe("flag", () => {
  it("accepts true and false, and nothing similar", () => {
    expect([true, false].flatMap((input) => messages(flag(), input))).toEqual([]);
    expect(messages(flag(), "true")).toEqual(['expected true or false, without quotes, got "true".']);
    expect(messages(flag(), 0)).toEqual(["expected true or false, without quotes, got the number 0."]);
  });
});

describe("choice", () => {
  const schema = choice(["enforce", "log_only"]);

  it("accepts each of its values", () => {
    expect(["enforce", "log_only"].flatMap((input) => messages(schema, input))).toEqual([]);
  });

  it("suggests the nearest value if there is one", () => {
    expect(messages(schema, "logOnly")).toEqual([
      'expected "enforce" or "log_only", got "logOnly". Did you mean "log_only"?',
    ]);
    expect(messages(schema, "off")).toEqual(['expected "enforce" or "log_only", got "off".']);
    expect(messages(schema, ["enforce"])).toEqual(['expected "enforce" or "log_only", got an array.']);
  });
});

describe("list", () => {
  const schema = list(v.string(), "names");

  it("accepts an empty list", () => {
    expect(messages(schema, [])).toEqual([]);
    expect(messages(schema, ["a", "b"])).toEqual([]);
  });

  it("shows how to write a single string as a list", () => {
    expect(messages(schema, "a")).toEqual([
      'expected a list of names in square brackets, got "a". Write ["a"].',
    ]);
    expect(messages(schema, "")).toEqual([
      "expected a list of names in square brackets, got an empty string.",
    ]);
    expect(messages(schema, { a: 1 })).toEqual([
      "expected a list of names in square brackets, got an object.",
    ]);
  });
});

describe("filledList", () => {
  it("requires at least one entry", () => {
    expect(messages(filledList(v.string(), "names"), ["a"])).toEqual([]);
    expect(messages(filledList(v.string(), "names"), [])).toEqual([
      "expected at least one of names, got an empty array.",
    ]);
  });
});

describe("scopeField", () => {
  it("accepts exactly the characters of RFC 6749", () => {
    const accepted = Array.from({ length: 256 }, (_, code) => code).filter(
      (code) => messages(scopeField(), `a${String.fromCharCode(code)}b`).length === 0,
    );
    const allowed = Array.from({ length: 0x7e - 0x20 }, (_, index) => 0x21 + index);
    expect(accepted).toEqual(allowed.filter((code) => code !== 0x22 && code !== 0x5c));
  });

  it.each(["", " a", "a ", "a\n"])("rejects %j", (scope) => {
    expect(messages(scopeField(), scope)).toHaveLength(1);
  });

  it("rejects a value that is not a string", () => {
    expect(messages(scopeField(), 5)).toEqual(["expected a scope name, got the number 5."]);
  });
});

describe("durations", () => {
  describe("durationSeconds", () => {
    it.each<[string | number, number]>([
      ["1s", 1],
      ["5m", 300],
      ["12h", 43_200],
      ["1d", 86_400],
      ["90", 90],
      [90, 90],
      [1, 1],
      ["999999999s", 999_999_999],
    ])("reads %j as %i seconds", (duration, seconds) => {
      expect(durationSeconds(duration)).toBe(seconds);
    });

    it.each([
      "",
      "0",
      "0d",
      0,
      -1,
      1.5,
      "1000000000",
      1e9,
      "s",
      "5w",
      "5 m",
      " 5m",
      "5m ",
      "5m\n",
      "5ms",
      "x5m",
      "5M",
      "1e3",
      Number.NaN,
      Number.POSITIVE_INFINITY,
    ])("rejects %j", (duration) => {
      expect(durationSeconds(duration)).toBeUndefined();
    });
  });
});

describe("closed objects", () => {
  const name = requiredKey(v.string("no string."), { description: "A name.", examples: ["x"] });
  const schema = closedObject(
    { name, size: v.optional(v.number("no number.")), colour: v.optional(v.string()) },
    { parent: "It belongs elsewhere." },
  );
  const optionalOnly = closedObject({
    a: v.optional(v.string()),
    b: v.optional(v.string()),
    c: v.optional(v.string()),
  });

  const faults = (tested: v.GenericSchema, input: unknown) =>
    (v.safeParse(tested, input).issues ?? []).map((issue) => `${v.getDotPath(issue)}: ${issue.message}`);

  describe("closedObject", () => {
    it("accepts an object with its keys", () => {
      expect(v.safeParse(schema, { name: "a", size: 1 })).toMatchObject({
        success: true,
        typed: true,
        issues: undefined,
        output: { name: "a", size: 1 },
      });
      expect(v.safeParse(optionalOnly, {})).toMatchObject({ success: true, output: {} });
    });

    it("exposes its keys for the reference and the JSON Schema", () => {
      expect(schema.type).toBe("strict_object");
      expect(Object.keys(schema.entries)).toEqual(["name", "size", "colour"]);
    });

    it.each<[unknown, string]>([
      [null, "null"],
      [[], "an empty array"],
      [["name"], "an array"],
      ["name", '"name"'],
      [undefined, "nothing"],
    ])("rejects %j and shows the required keys", (input, words) => {
      expect(faults(schema, input)).toEqual([`null: expected an object, got ${words}. Write {"name": …}.`]);
      expect(v.safeParse(schema, input).typed).toBe(false);
    });

    it("shows the first two keys if none is required", () => {
      expect(faults(optionalOnly, 5)).toEqual([
        'null: expected an object, got the number 5. Write {"a": …, "b": …}.',
      ]);
    });

    it("lists missing keys and all unknown keys", () => {
      expect(faults(schema, { nam: "a", parent: 1, zzzzzz: 2 })).toEqual([
        'name: required, but missing. A name. Add "name": "x".',
        'nam: unknown key. Did you mean "name"?',
        "parent: unsupported key. It belongs elsewhere.",
        "zzzzzz: unknown key. Known keys: name, size, colour. Remove it.",
      ]);
    });

    it("treats a key that every object inherits as unknown, and as missing", () => {
      const odd = closedObject({ toString: name });
      expect(faults(odd, {})).toContain('toString: required, but missing. A name. Add "toString": "x".');
      expect(faults(schema, { name: "a", valueOf: 1 })).toEqual([
        "valueOf: unknown key. Known keys: name, size, colour. Remove it.",
      ]);
    });

    it("keeps the errors of its values", () => {
      expect(faults(schema, { name: 5, size: "a", zzzzzz: 2 })).toEqual([
        "name: no string.",
        "size: no number.",
        "zzzzzz: unknown key. Known keys: name, size, colour. Remove it.",
      ]);
    });

    it("does not count as typed if a key is missing or unknown", () => {
      expect(v.safeParse(schema, {}).typed).toBe(false);
      expect(v.safeParse(schema, { name: "a", zzzzzz: 2 }).typed).toBe(false);
    });
  });

  describe("namedEntries", () => {
    const entries = namedEntries(v.string(), v.number("no number."));

    it("accepts any names", () => {
      expect(v.safeParse(entries, { a: 1, toString: 2 })).toMatchObject({
        success: true,
        output: { a: 1, toString: 2 },
      });
    });

    it.each(["__proto__", "constructor", "prototype"])(
      "rejects the name %s, which would be dropped",
      (name) => {
        expect(faults(entries, JSON.parse(`{"${name}": 1}`))).toEqual([
          `${name}: the name "${name}" cannot be used. Remove it.`,
        ]);
      },
    );

    it("rejects a value that is not an object", () => {
      expect(faults(entries, [1])).toEqual(['null: expected an object, got an array. Write {"<name>": …}.']);
    });
  });
});
