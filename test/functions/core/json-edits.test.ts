import { describe, expect, it } from "vitest";
import {
  each,
  JsonEdits,
  json,
  object,
  oneOrEach,
  string,
  type Visit,
  values,
} from "../../../functions/core/json-edits.ts";

const loud = string((text) => text.toUpperCase());

function edit(text: string, visit: Visit) {
  const edits = new JsonEdits(text);
  expect(visit(edits, 0)).toBe(text.length);
  return { text: edits.result(), isReadable: edits.isReadable };
}

const changed = (text: string) => ({ text, isReadable: true });

describe("a place in a JSON text", () => {
  it.each<[string, Visit, string, string]>([
    [
      "a member",
      object({ a: loud }),
      '{"a":"x", "b" :"y","c":{"a":"z"}}',
      '{"a":"X", "b" :"y","c":{"a":"z"}}',
    ],
    ["a member with an escape in its key", object({ a: loud }), '{"\\u0061":"x"}', '{"\\u0061":"X"}'],
    ["members of members", object({ a: object({ b: loud }) }), '{"a":{"b":"x"}}', '{"a":{"b":"X"}}'],
    ["elements", each(loud), '["x", 1,["y"],"\\u0079"]', '["X", 1,["y"],"Y"]'],
    ["one element or several", oneOrEach(object({ a: loud })), '{"a":"x"}', '{"a":"X"}'],
    ["several elements", oneOrEach(object({ a: loud })), '[{"a":"x"},{"a":"y"}]', '[{"a":"X"},{"a":"Y"}]'],
    ["all values", values(loud), '{"a":"x","b":"y"}', '{"a":"X","b":"Y"}'],
    ["all values of an array", values(loud), '["x"]', '["X"]'],
    ["a value of any type", object({ a: json((text) => `[${text}]`) }), '{"a":1.0}', '{"a":[1.0]}'],
  ])("is changed: %s", (_, visit, text, expected) => {
    expect(edit(text, visit)).toEqual(changed(expected));
  });

  it.each<[string, Visit, string]>([
    ["an array for an object", object({ a: loud }), '[{"a":"x"}]'],
    ["a text for an object", object({ a: loud }), '"a"'],
    ["a text for an array", each(loud), '"x"'],
    ["an empty object for an array", each(loud), "{}"],
    ["a number for a text", loud, "1"],
    ["a text that stays the same", loud, '"\\u0041"'],
    ["a value that stays the same", json((text) => text), '{"a":1}'],
  ])("is left unchanged: %s", (_, visit, text) => {
    expect(edit(text, visit)).toEqual(changed(text));
  });

  it.each<[string, Visit, string]>([
    ["a repeated property", object({ a: loud }), '{"a":1,"\\u0061":2}'],
    ["a misspelled property", object({ a: loud }, (key) => key === "A"), '{"A":1}'],
    ["an object for an array", each(loud), '{"0":"x"}'],
  ])("makes a text unreadable: %s", (_, visit, text) => {
    expect(edit(text, visit).isReadable).toBe(false);
  });

  it("is changed in the order of the text, whatever the order of the changes is", () => {
    const edits = new JsonEdits('["a","b"]');
    edits.add({ start: 5, end: 8, replacement: "2" });
    edits.add({ start: 1, end: 4, replacement: "1" });
    expect(edits.result()).toBe("[1,2]");
  });
});
