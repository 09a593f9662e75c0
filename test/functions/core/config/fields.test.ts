import * as v from "valibot";
import { describe, expect, it } from "vitest";
import {
  checkedText,
  choice,
  expectedSecret,
  filledList,
  flag,
  list,
  scopeField,
  textField,
  wholeNumber,
} from "../../../../functions/core/config/fields.ts";

const messages = (schema: v.GenericSchema, input: unknown) =>
  (v.safeParse(schema, input).issues ?? []).map((issue) => issue.message);

describe("textField", () => {
  it.each(["a", " ", "ab c", "Ä"])("takes %j", (text) => {
    expect(messages(textField(), text)).toEqual([]);
  });

  it.each([
    ["\u0000", '"\\u0000"'],
    ["a\n", '"a\\n"'],
    ["\na", '"\\na"'],
    ["a\u007fb", '"a\\u{7f}b"'],
  ])("refuses %j", (text, words) => {
    expect(messages(textField("a name"), text)).toEqual([
      `expected a name, without control characters, got ${words}.`,
    ]);
  });

  it("refuses what is empty or no string", () => {
    expect(messages(textField(), "")).toEqual([
      "expected a string that is not empty, without control characters, got an empty string.",
    ]);
    expect(messages(textField(), 5)).toEqual(["expected a string that is not empty, got the number 5."]);
  });
});

describe("checkedText", () => {
  const schema = checkedText("a word", (text) => (text === "bad" ? "bad." : undefined));

  it("says what the check says, and asks it about strings alone", () => {
    expect(messages(schema, "good")).toEqual([]);
    expect(messages(schema, "bad")).toEqual(["bad."]);
    expect(messages(schema, null)).toEqual(["expected a word, got null."]);
  });
});

describe("expectedSecret", () => {
  it("names the kind alone", () => {
    expect(messages(v.number(expectedSecret("a number")), "hunter2")).toEqual([
      "expected a number, got a string.",
    ]);
  });
});

describe("wholeNumber", () => {
  const schema = wholeNumber("seconds", 2, 4);

  it.each([2, 3, 4])("takes %d", (input) => expect(messages(schema, input)).toEqual([]));

  it.each([
    [1, "the number 1"],
    [5, "the number 5"],
    [2.5, "the number 2.5"],
    ["3", '"3"'],
    [null, "null"],
  ])("refuses %j", (input, words) => {
    expect(messages(schema, input)).toEqual([
      `expected a whole number of seconds from 2 to 4, got ${words}.`,
    ]);
  });
});

describe("flag", () => {
  it("takes true and false, and nothing that looks like them", () => {
    expect([true, false].flatMap((input) => messages(flag(), input))).toEqual([]);
    expect(messages(flag(), "true")).toEqual(['expected true or false, without quotes, got "true".']);
    expect(messages(flag(), 0)).toEqual(["expected true or false, without quotes, got the number 0."]);
  });
});

describe("choice", () => {
  const schema = choice(["enforce", "log_only"]);

  it("takes each of its words", () => {
    expect(["enforce", "log_only"].flatMap((input) => messages(schema, input))).toEqual([]);
  });

  it("names the nearest word where there is one", () => {
    expect(messages(schema, "logOnly")).toEqual([
      'expected "enforce" or "log_only", got "logOnly". Did you mean "log_only"?',
    ]);
    expect(messages(schema, "off")).toEqual(['expected "enforce" or "log_only", got "off".']);
    expect(messages(schema, ["enforce"])).toEqual(['expected "enforce" or "log_only", got an array.']);
  });
});

describe("list", () => {
  const schema = list(v.string(), "names");

  it("may be empty", () => {
    expect(messages(schema, [])).toEqual([]);
    expect(messages(schema, ["a", "b"])).toEqual([]);
  });

  it("shows how to write a lone string", () => {
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
  it("holds one entry at least", () => {
    expect(messages(filledList(v.string(), "names"), ["a"])).toEqual([]);
    expect(messages(filledList(v.string(), "names"), [])).toEqual([
      "expected at least one of names, got an empty array.",
    ]);
  });
});

describe("scopeField", () => {
  it("takes exactly the characters of RFC 6749", () => {
    const accepted = Array.from({ length: 256 }, (_, code) => code).filter(
      (code) => messages(scopeField(), `a${String.fromCharCode(code)}b`).length === 0,
    );
    const allowed = Array.from({ length: 0x7e - 0x20 }, (_, index) => 0x21 + index);
    expect(accepted).toEqual(allowed.filter((code) => code !== 0x22 && code !== 0x5c));
  });

  it.each(["", " a", "a ", "a\n"])("refuses %j", (scope) => {
    expect(messages(scopeField(), scope)).toHaveLength(1);
  });

  it("refuses what is no string", () => {
    expect(messages(scopeField(), 5)).toEqual(["expected a scope name, got the number 5."]);
  });
});
