// The `blocked` list: denies callers with a valid token by the value of a claim, permanently or until a given time.

import * as v from "valibot";
import { type ClaimRule, claimName, scalarValue, valueFaults } from "./claim-rules.ts";
import { quoteText } from "./faults.ts";
import { checked, checkedText, closedObject, list, optionalKey, requiredKey, textField } from "./fields.ts";

const entrySchema = v.pipe(
  closedObject({
    claim: requiredKey(claimName(), {
      description:
        "Claim of the access token, by name or path: `sub` for a user, `azp` for a client, `dct` for a tenant, `jti` for one token.",
      examples: ["sub"],
    }),
    values: requiredKey(list(scalarValue, "values"), {
      description:
        "Values that are denied, compared exactly and as strings. If the claim is a list, one equal element is enough.",
      examples: [["U2abc"]],
    }),
    until: optionalKey(checkedText("a date or a date-time", untilFault), {
      description:
        "When the entry ends: a date (`2026-12-31`, the end of that day in UTC) or a date-time with a UTC offset (`2026-12-31T18:00:00Z`).",
      examples: ["2026-12-31"],
      defaultNote: "never",
    }),
    reason: optionalKey(
      v.pipe(
        textField(),
        v.maxLength(200, ({ input }) => `expected at most 200 characters, got ${String(input).length}.`),
      ),
      {
        description: "Why the entry exists. Shown in the audit line, never to callers.",
        examples: ["leaked token"],
        defaultNote: "none",
      },
    ),
  }),
  checked(({ values }) => valueFaults(values, "contains")),
);

/** The key `blocked` of gateway.json and of server files. */
export function blockedKey(description: string) {
  return optionalKey(list(entrySchema, "entries"), {
    description,
    examples: [[{ claim: "sub", values: ["U2abc"], until: "2026-12-31", reason: "leaked token" }]],
    defaultNote: "no caller is blocked",
    default: [],
  });
}

export type BlockedList = v.InferOutput<ReturnType<typeof blockedKey>>;

export type BlockedEntry = {
  rule: ClaimRule;
  /** milliseconds since the epoch; Infinity if the entry never ends */
  endsAt: number;
  /** for the audit line */
  reason: string | undefined;
};

/** Compiles entries that the schema has accepted. */
export function compileBlocked(entries: BlockedList): BlockedEntry[] {
  return entries.map(({ claim, values, until, reason }) => ({
    rule: { claim, matchType: "contains", values: values.map(String) },
    endsAt: until === undefined ? Number.POSITIVE_INFINITY : (untilTime(until) as number),
    reason,
  }));
}

const DAY_MS = 86_400_000;
const DATE = /^\d{4}-\d\d-\d\d$/;
const DATE_TIME = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/;

/**
 * The time at which an entry ends.
 *
 * @param text a date (the entry ends with that day in UTC) or an RFC 3339 date-time
 * @returns milliseconds since the epoch, or undefined for anything else
 */
export function untilTime(text: string): number | undefined {
  if (DATE.test(text)) return isDay(text) ? Date.parse(`${text}T00:00:00Z`) + DAY_MS : undefined;
  const day = DATE_TIME.exec(text)?.[1];
  const time = Date.parse(text);
  return day === undefined || !isDay(day) || Number.isNaN(time) ? undefined : time;
}

// Date.parse reads February 30th as March 2nd.
function isDay(date: string): boolean {
  const time = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(date);
}

function untilFault(text: string): string | undefined {
  if (untilTime(text) !== undefined) return undefined;
  return `expected a date such as "2026-12-31" or a date-time with its offset such as "2026-12-31T18:00:00Z", got ${quoteText(text)}.`;
}
