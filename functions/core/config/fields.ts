// The leaf types of the configuration schema. Each error message says what was expected, the actual value and what to do.

import * as v from "valibot";
import { isJsonObject } from "../json.ts";
import { quote } from "../safe-text.ts";
import { describeKind, describeValue, listChoices, nearestName, quoteText } from "./faults.ts";
import { hasBrokenReference } from "./secret-references.ts";

/** Documentation of a key on the reference page and in editors. */
export type FieldNotes = {
  description: string;
  examples?: readonly unknown[];
  /** Origin of the key: "Portkey" or a specification. Default: this gateway. */
  source?: string;
  /** The default on the reference page if it is computed. */
  defaultNote?: string;
};

type Field = v.BaseSchema<unknown, unknown, v.BaseIssue<unknown>>;

/** A key that must be present, with its documentation. */
export function requiredKey<Schema extends Field>(schema: Schema, notes: FieldNotes) {
  return v.pipe(schema, v.metadata(notes));
}

/** A key that may be omitted, with its documentation and its default. */
export function optionalKey<
  Schema extends Field,
  const Default extends v.Default<Schema, undefined> = undefined,
>(schema: Schema, { default: fallback, ...notes }: FieldNotes & { default?: Default }) {
  // Omitted, it is undefined, as `Default` is then.
  return v.optional(requiredKey(schema, notes), fallback as Default);
}

type Message = v.ErrorMessage<v.BaseIssue<unknown>>;

/** "expected X, got Y." */
export function expected(what: string): (issue: v.BaseIssue<unknown>) => string {
  return (issue) => `expected ${what}, got ${describeValue(issue.input)}.`;
}

/** As `expected`, for a key that may contain a secret. */
function expectedSecret(what: string): (issue: v.BaseIssue<unknown>) => string {
  return (issue) => `expected ${what}, got ${describeKind(issue.input)}.`;
}

/** Path of an error in the checked value, outermost key first. */
export function faultPath(...keys: [string | number, ...(string | number)[]]) {
  return keys.map((key) => ({
    type: "unknown",
    origin: "value",
    input: undefined,
    key,
    value: undefined,
  })) as [v.IssuePathItem, ...v.IssuePathItem[]];
}

/** A non-empty string without control characters. */
export function textField(what = "a non-empty string") {
  return v.pipe(
    v.string(expected(what)),
    v.regex(/^[^\p{Cc}]+$/u, expected(`${what}, without control characters`)),
  );
}

/** An error of a value: the keys that lead from it to the wrong part, if it is not the whole value, and the message. */
export type ValueFault = { path?: Readonly<Parameters<typeof faultPath>>; message: string };

/** Reports the errors that `faultsOf` finds in a value of the expected type. */
export function checked<Value>(faultsOf: (value: Value) => Iterable<ValueFault>) {
  return v.rawCheck<Value>(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    for (const { path, message } of faultsOf(dataset.value))
      addIssue(path === undefined ? { message } : { message, path: faultPath(...path) });
  });
}

/** A string for which `faultOf` returns no error. */
export function checkedText(what: string, faultOf: (text: string) => string | undefined) {
  return v.pipe(
    v.string(expected(what)),
    v.rawCheck(({ dataset, addIssue }) => {
      const message = dataset.typed ? faultOf(dataset.value) : undefined;
      if (message !== undefined) addIssue({ message });
    }),
  );
}

/** A string that may contain secret references `{{ssm:/name}}`, and no other double braces. */
export function textWithReferences() {
  return v.pipe(
    v.string(expectedSecret("a string")),
    v.check(
      (text) => !hasBrokenReference(text),
      (issue) =>
        `expected a secret reference of the form "{{ssm:/name}}", got ${describeKind(issue.input)} with other double braces (not shown). Fix it.`,
    ),
  );
}

/** A whole number in `unit`, within bounds. */
export function wholeNumber(unit: string, min: number, max: number) {
  const message: Message = expected(`a whole number of ${unit} from ${min} to ${max}`);
  return v.pipe(v.number(message), v.integer(message), v.minValue(min, message), v.maxValue(max, message));
}

/** true or false, without quotes. */
export function flag() {
  return v.boolean(expected("true or false, without quotes"));
}

/** One of a few words. */
export function choice<const Options extends readonly string[]>(options: Options) {
  return v.picklist(options, (issue) => {
    const nearest = typeof issue.input === "string" ? nearestName(issue.input, options) : undefined;
    const advice = nearest === undefined ? "" : ` Did you mean ${JSON.stringify(nearest)}?`;
    return `expected ${listChoices(options)}, got ${describeValue(issue.input)}.${advice}`;
  });
}

/** A list, which may be empty. @param what its entries, in the plural */
export function list<Item extends v.BaseSchema<unknown, unknown, v.BaseIssue<unknown>>>(
  item: Item,
  what: string,
) {
  return v.array(item, ({ input }) => {
    const advice = typeof input === "string" && input !== "" ? ` Write [${quoteText(input)}].` : "";
    return `expected a list of ${what} in square brackets, got ${describeValue(input)}.${advice}`;
  });
}

/** A list with at least one entry. */
export function filledList<Item extends v.BaseSchema<unknown, unknown, v.BaseIssue<unknown>>>(
  item: Item,
  what: string,
) {
  return v.pipe(list(item, what), v.minLength(1, `expected at least one of ${what}, got an empty array.`));
}

/** Scope names (RFC 6749, section 3.3). */
export function scopeField() {
  return v.pipe(
    v.string(expected("a scope name")),
    v.regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, expected("one scope name without spaces or quotes (RFC 6749)")),
  );
}

// Durations as the configuration writes them: seconds, or `30s`, `5m`, `12h`, `1d`.

const SECONDS_PER_UNIT = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
const DURATION = /^(\d{1,9})([smhd]?)$/;

/** Seconds; undefined if the text is not a positive whole duration. */
export function durationSeconds(duration: string | number): number | undefined {
  const match = DURATION.exec(String(duration));
  if (match === null) return undefined;
  const unit = (match[2] || "s") as keyof typeof SECONDS_PER_UNIT;
  const seconds = Number(match[1]) * SECONDS_PER_UNIT[unit];
  return seconds > 0 ? seconds : undefined;
}

// Objects of the configuration schema. valibot's objects report only the first unknown key, accept arrays and drop the keys
// `__proto__`, `constructor` and `prototype`: a rule with such a name would silently not apply.

type Fault = [key: string, message: string];
type AnyDataset = { value: unknown; typed?: boolean; issues?: v.BaseIssue<unknown>[] };
type Run = (dataset: AnyDataset, config: v.Config<v.BaseIssue<unknown>>) => AnyDataset;

/** Advice by key for keys that belong in another object. */
export type Misplaced = Readonly<Record<string, string>>;

/**
 * An object with exactly these keys. Each unknown key is an error that suggests the most similar known key.
 *
 * @param shownKeys keys of the example in the error message if the value is not an object; by default, the required keys
 */
export function closedObject<const Entries extends v.ObjectEntries>(
  entries: Entries,
  misplaced: Misplaced = {},
  shownKeys?: readonly string[],
): v.StrictObjectSchema<Entries, undefined> {
  const known = Object.keys(entries);
  const schema = v.strictObject(entries);
  const required = known.filter((key) => entries[key]?.type !== "optional");
  const shown =
    shownKeys ?? (required.length > 0 ? required : known.filter((key) => key !== "$schema").slice(0, 2));
  return withChecks(schema, shown, (input) => [
    ...required
      .filter((key) => !Object.hasOwn(input, key))
      .map((key): Fault => [key, missingKey(key, entries[key])]),
    ...Object.keys(input)
      .filter((key) => !known.includes(key))
      .map((key): Fault => [key, unknownKey(key, known, misplaced)]),
  ]);
}

/** An object with arbitrary keys, such as server or claim names. */
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
  const run = schema["~run"] as Run;
  const checked: Run = (dataset, config) => {
    const input = dataset.value;
    if (!isJsonObject(input)) {
      const shape = shownKeys.map((key) => `${quote(key)}: …`).join(", ");
      const message = `expected an object, got ${describeValue(input)}. Write {${shape}}.`;
      return { value: input, typed: false, issues: [makeIssue(input, message)] };
    }
    const result = run.call(schema, dataset, config);
    const own = check(input).map(([key, message]) => makeIssue(input[key], message, faultPath(key)));
    // Nested objects have already removed theirs: the remaining issues of this type are valibot's messages for keys of this object.
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
  if (advice !== undefined) return `unsupported key. ${advice}`;
  const nearest = nearestName(key, known);
  return nearest === undefined
    ? `unknown key. Known keys: ${known.join(", ")}. Remove it.`
    : `unknown key. Did you mean ${quote(nearest)}?`;
}

// Keys of both gateway.json and server files.

/** `$schema`. */
export function schemaLink(example: string) {
  return optionalKey(v.string(expected("the path of a JSON Schema file")), {
    description: "JSON Schema for editors. Ignored by the gateway.",
    examples: [example],
    source: "JSON Schema",
  });
}

/** `scopes_supported` (RFC 9728). */
export function scopesSupported(description: string, defaultNote: string) {
  const scope = v.pipe(
    scopeField(),
    v.check(
      (name) => name !== "offline_access",
      `clients request "offline_access" from the authorization server; it is not a scope of this resource. Remove it.`,
    ),
  );
  return optionalKey(list(scope, "scope names"), {
    description,
    examples: [["openid", "tools:read"]],
    source: "RFC 9728",
    defaultNote,
  });
}

/** `resource_name` (RFC 9728). */
export function resourceName(description: string, defaultNote: string) {
  return optionalKey(textField(), {
    description,
    examples: ["Example tools"],
    source: "RFC 9728",
    defaultNote,
  });
}
