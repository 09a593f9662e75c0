// The leaf types of the configuration schema, each with a message that says what was expected, what came, what to do.
import * as v from "valibot";
import { describeKind, describeValue, listChoices, quoteText } from "./describe-value.ts";
import { nearestName } from "./nearest-name.ts";

/** What the reference page and editors show for a key. */
export type FieldNotes = {
  description: string;
  examples?: readonly unknown[];
  /** Where the key comes from: "Portkey" for names kept from there, a specification, or "gateway". */
  source?: string;
  /** Overrides the default shown on the reference page where it is computed. */
  defaultNote?: string;
};

/** Attaches what the reference page and editors show. */
export function notes<Input>(
  fieldNotes: FieldNotes,
): v.MetadataAction<Input, FieldNotes & Record<string, unknown>> {
  return v.metadata(fieldNotes as FieldNotes & Record<string, unknown>);
}

type Message = v.ErrorMessage<v.BaseIssue<unknown>>;

/** "expected X, got Y." */
export function expected(what: string): (issue: v.BaseIssue<unknown>) => string {
  return (issue) => `expected ${what}, got ${describeValue(issue.input)}.`;
}

/** As `expected`, for a place that may hold a secret. */
export function expectedSecret(what: string): (issue: v.BaseIssue<unknown>) => string {
  return (issue) => `expected ${what}, got ${describeKind(issue.input)}.`;
}

/** Where in the checked value a fault lies: keys from the outside in. */
export function faultPath(...keys: [string | number, ...(string | number)[]]) {
  return keys.map((key) => ({
    type: "unknown",
    origin: "value",
    input: undefined,
    key,
    value: undefined,
  })) as [v.IssuePathItem, ...v.IssuePathItem[]];
}

/** A string without control characters, not empty. */
export function textField(what = "a string that is not empty") {
  return v.pipe(
    v.string(expected(what)),
    v.regex(/^[^\p{Cc}]+$/u, expected(`${what}, without control characters`)),
  );
}

/** A string that `faultOf` accepts. */
export function checkedText(what: string, faultOf: (text: string) => string | undefined) {
  return v.pipe(
    v.string(expected(what)),
    v.rawCheck(({ dataset, addIssue }) => {
      const message = dataset.typed ? faultOf(dataset.value) : undefined;
      if (message !== undefined) addIssue({ message });
    }),
  );
}

/** A whole number within bounds, in `unit`. */
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

/** A list. */
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
