import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { closedObject, isObject, namedEntries } from "../../../../functions/core/config/closed-object.ts";
import { notes } from "../../../../functions/core/config/fields.ts";

const name = v.pipe(v.string("no string."), notes({ description: "A name.", examples: ["x"] }));
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
  it("takes an object with its keys", () => {
    expect(v.safeParse(schema, { name: "a", size: 1 })).toMatchObject({
      success: true,
      typed: true,
      issues: undefined,
      output: { name: "a", size: 1 },
    });
    expect(v.safeParse(optionalOnly, {})).toMatchObject({ success: true, output: {} });
  });

  it("still tells its keys, for the reference and the JSON Schema", () => {
    expect(schema.type).toBe("strict_object");
    expect(Object.keys(schema.entries)).toEqual(["name", "size", "colour"]);
  });

  it.each<[unknown, string]>([
    [null, "null"],
    [[], "an empty array"],
    [["name"], "an array"],
    ["name", '"name"'],
    [undefined, "nothing"],
  ])("refuses %j, and shows the keys that are required", (input, words) => {
    expect(faults(schema, input)).toEqual([`null: expected an object, got ${words}. Write {"name": …}.`]);
    expect(v.safeParse(schema, input).typed).toBe(false);
  });

  it("shows the first two keys where none is required", () => {
    expect(faults(optionalOnly, 5)).toEqual([
      'null: expected an object, got the number 5. Write {"a": …, "b": …}.',
    ]);
  });

  it("names what is missing, and every unknown key", () => {
    expect(faults(schema, { nam: "a", parent: 1, zzzzzz: 2 })).toEqual([
      'name: required, but missing. A name. Add "name": "x".',
      'nam: unknown key. Did you mean "name"?',
      "parent: unknown key here. It belongs elsewhere.",
      "zzzzzz: unknown key. Known here: name, size, colour. Remove it.",
    ]);
  });

  it("takes a key that every object has for unknown, and for missing", () => {
    const odd = closedObject({ toString: name });
    expect(faults(odd, {})).toContain('toString: required, but missing. A name. Add "toString": "x".');
    expect(faults(schema, { name: "a", valueOf: 1 })).toEqual([
      "valueOf: unknown key. Known here: name, size, colour. Remove it.",
    ]);
  });

  it("keeps the faults of its values", () => {
    expect(faults(schema, { name: 5, size: "a", zzzzzz: 2 })).toEqual([
      "name: no string.",
      "size: no number.",
      "zzzzzz: unknown key. Known here: name, size, colour. Remove it.",
    ]);
  });

  it("does not count as typed with a key missing or unknown", () => {
    expect(v.safeParse(schema, {}).typed).toBe(false);
    expect(v.safeParse(schema, { name: "a", zzzzzz: 2 }).typed).toBe(false);
  });
});

describe("namedEntries", () => {
  const entries = namedEntries(v.string(), v.number("no number."));

  it("takes any names", () => {
    expect(v.safeParse(entries, { a: 1, toString: 2 })).toMatchObject({
      success: true,
      output: { a: 1, toString: 2 },
    });
  });

  it.each(["__proto__", "constructor", "prototype"])(
    "refuses the name %s, which would be dropped",
    (name) => {
      expect(faults(entries, JSON.parse(`{"${name}": 1}`))).toEqual([
        `${name}: the name "${name}" cannot be used. Remove it.`,
      ]);
    },
  );

  it("refuses what is no object", () => {
    expect(faults(entries, [1])).toEqual(['null: expected an object, got an array. Write {"<name>": …}.']);
  });
});

describe("isObject", () => {
  it("is true for what JSON calls an object", () => {
    expect([{}, [], null, "a", undefined].map(isObject)).toEqual([true, false, false, false, false]);
  });
});
