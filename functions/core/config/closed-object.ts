// Objects of the configuration schema. valibot's own report the first unknown key alone, let arrays pass as objects
// and drop the keys `__proto__`, `constructor` and `prototype`: a rule under such a name would silently not apply.
import * as v from "valibot";
import { quote } from "../safe-text.ts";
import { describeValue } from "./describe-value.ts";
import { type FieldNotes, faultPath } from "./fields.ts";
import { nearestName } from "./nearest-name.ts";

type Fault = [key: string, message: string];
type AnyDataset = { value: unknown; typed?: boolean; issues?: v.BaseIssue<unknown>[] };
type Run = (dataset: AnyDataset, config: v.Config<v.BaseIssue<unknown>>) => AnyDataset;

/** Where a key belongs that was found in the wrong object: key to advice. */
export type Misplaced = Readonly<Record<string, string>>;

/** An object with exactly these keys. Every unknown key is a fault of its own that names the nearest known one. */
export function closedObject<const Entries extends v.ObjectEntries>(
  entries: Entries,
  misplaced: Misplaced = {},
): v.StrictObjectSchema<Entries, undefined> {
  const known = Object.keys(entries);
  const schema = v.strictObject(entries);
  const required = known.filter((key) => entries[key]?.type !== "optional");
  return withChecks(schema, required.length > 0 ? required : known.slice(0, 2), (input) => [
    ...required
      .filter((key) => !Object.hasOwn(input, key))
      .map((key): Fault => [key, missingKey(key, entries[key])]),
    ...Object.keys(input)
      .filter((key) => !known.includes(key))
      .map((key): Fault => [key, unknownKey(key, known, misplaced)]),
  ]);
}

/** An object whose keys are names of the operator's choosing. */
export function namedEntries<
  Key extends v.BaseSchema<string, string, v.BaseIssue<unknown>>,
  Value extends v.BaseSchema<unknown, unknown, v.BaseIssue<unknown>>,
>(key: Key, value: Value): v.RecordSchema<Key, Value, undefined> {
  return withChecks(v.record(key, value), ["<name>"], (input) =>
    Object.keys(input)
      .filter((name) => ["__proto__", "constructor", "prototype"].includes(name))
      .map((name): Fault => [name, `the name ${quote(name)} cannot be used. Remove it.`]),
  );
}

function withChecks<Schema extends v.BaseSchema<unknown, unknown, v.BaseIssue<unknown>>>(
  schema: Schema,
  shownKeys: readonly string[],
  check: (input: Record<string, unknown>) => Fault[],
): Schema {
  const shape = shownKeys.map((key) => `${quote(key)}: …`).join(", ");
  const run = schema["~run"] as Run;
  const checked: Run = (dataset, config) => {
    const input = dataset.value;
    if (!isObject(input)) {
      const message = `expected an object, got ${describeValue(input)}. Write {${shape}}.`;
      return { value: input, typed: false, issues: [makeIssue(input, message)] };
    }
    const result = run.call(schema, dataset, config);
    const own = check(input).map(([key, message]) => makeIssue(input[key], message, faultPath(key)));
    // Objects inside have dropped theirs already: what is left of this type is valibot's own words for keys of this one.
    const issues = [...(result.issues ?? []).filter((issue) => issue.type !== "strict_object"), ...own];
    return { ...result, issues: issues.length > 0 ? issues : undefined };
  };
  return { ...schema, "~run": checked };
}

function makeIssue(
  input: unknown,
  message: string,
  path?: v.BaseIssue<unknown>["path"],
): v.BaseIssue<unknown> {
  return { kind: "schema", type: "closed_object", input, expected: null, received: "", message, path };
}

function missingKey(key: string, entry: v.ObjectEntries[string] | undefined): string {
  const { description, examples } = v.getMetadata(entry as v.GenericSchema) as FieldNotes;
  return `required, but missing. ${description} Add ${quote(key)}: ${JSON.stringify(examples?.[0])}.`;
}

function unknownKey(key: string, known: readonly string[], misplaced: Misplaced): string {
  const advice = Object.hasOwn(misplaced, key) ? misplaced[key] : undefined;
  if (advice !== undefined) return `unknown key here. ${advice}`;
  const nearest = nearestName(key, known);
  return nearest === undefined
    ? `unknown key. Known here: ${known.join(", ")}. Remove it.`
    : `unknown key. Did you mean ${quote(nearest)}?`;
}

/** True for what JSON calls an object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
