import { describe, expect, it } from "vitest";
import {
  describeKind,
  describeValue,
  listChoices,
  quoteText,
} from "../../../../functions/core/config/describe-value.ts";

describe("describeValue", () => {
  it.each<[unknown, string]>([
    [undefined, "nothing"],
    [null, "null"],
    [5, "the number 5"],
    [true, "the boolean true"],
    ["", "an empty string"],
    ["a", '"a"'],
    [[], "an empty array"],
    [[1], "an array"],
    [{}, "an object"],
  ])("says %j as %s", (value, words) => {
    expect(describeValue(value)).toBe(words);
  });
});

describe("describeKind", () => {
  it("tells the kind alone", () => {
    expect([describeKind("hunter2"), describeKind(7), describeKind(true)]).toEqual([
      "a string",
      "a number",
      "a boolean",
    ]);
  });
});

describe("quoteText", () => {
  it.each([
    ["x".repeat(80), `"${"x".repeat(80)}"`],
    ["x".repeat(81), `"${"x".repeat(80)}…"`],
    ["https://user:hunter2@a.example/b", '"https://…@a.example/b"'],
    ["eyJhbGciOiJSUzI1NiJ9.e30.x", "a string that looks like a credential (not shown)"],
    ["Bearer abc", "a string that looks like a credential (not shown)"],
    ["Basic abc", "a string that looks like a credential (not shown)"],
    ["-----BEGIN PRIVATE KEY-----", "a string that looks like a credential (not shown)"],
    ['a"b\n', '"a\\"b\\n"'],
    ["a\u009bb\u202ec", '"a\\u{9b}b\\u{202e}c"'],
    ["a\u2028b\u2029c\u{e0001}", '"a\\u{2028}b\\u{2029}c\\u{e0001}"'],
    ["x eyJ", '"x eyJ"'],
    ["x -----BEGIN", "a string that looks like a credential (not shown)"],
    ["x Bearer y", "a string that looks like a credential (not shown)"],
    ["x Basic y", "a string that looks like a credential (not shown)"],
    ["ForBearer y", '"ForBearer y"'],
    ["VisualBasic y", '"VisualBasic y"'],
    ["Bearer", '"Bearer"'],
    ["https://a:b@x.example https://c@y.example", '"https://…@x.example https://…@y.example"'],
    ["https://@a.example", '"https://…@a.example"'],
    ["https://a.example/b@c", '"https://a.example/b@c"'],
    ["https://a.example b@c", '"https://a.example b@c"'],
  ])("%j becomes %s", (text, quoted) => {
    expect(quoteText(text)).toBe(quoted);
  });
});

describe("listChoices", () => {
  it("puts or before the last", () => {
    expect(listChoices(["a", "b"])).toBe('"a" or "b"');
    expect(listChoices(["a", "b", "c"])).toBe('"a", "b" or "c"');
  });
});
