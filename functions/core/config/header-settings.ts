// The `headers` and `forward_headers` keys of a server.
import * as v from "valibot";
import { closedObject, isObject, namedEntries } from "./closed-object.ts";
import { describeKind, describeValue, quoteText } from "./describe-value.ts";
import { checkedText, expectedSecret, faultPath, list, notes } from "./fields.ts";
import { forwardedNameFault, headerNameFault, isHeaderValue, normalHeaderName } from "./header-names.ts";
import { hasBrokenReference } from "./secret-references.ts";

const headerValue = v.pipe(
  v.string(expectedSecret("a string")),
  v.check(
    isHeaderValue,
    "expected printable ASCII in one line (not shown). Remove line breaks and other characters.",
  ),
  v.check(
    (text) => !hasBrokenReference(text),
    (issue) =>
      `expected a secret reference of the form "{{ssm:/name}}", got ${describeKind(issue.input)} with other double braces (not shown). Mend it.`,
  ),
);

/** `headers`: name to value. */
export const staticHeadersSchema = v.pipe(
  namedEntries(checkedText("a header name", headerNameFault), headerValue),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!isObject(dataset.value)) return;
    for (const [name, first] of repeatedNames(Object.keys(dataset.value))) {
      addIssue({
        message: `the same header as ${JSON.stringify(first)} (case does not count, "_" counts as "-"). Keep one.`,
        path: faultPath(name),
      });
    }
  }),
);

const forwardedName = checkedText("a header name", forwardedNameFault);

const renamedHeader = closedObject({
  from: v.pipe(
    forwardedName,
    notes({ description: "Name that the client sends.", examples: ["X-Locale"], source: "gateway" }),
  ),
  to: v.pipe(
    forwardedName,
    notes({ description: "Name that the server gets.", examples: ["Accept-Language"], source: "gateway" }),
  ),
});

const forwardedHeaders = v.pipe(
  list(
    v.union(
      [forwardedName, renamedHeader],
      (issue) => `expected a header name or {"from": …, "to": …}, got ${describeValue(issue.input)}.`,
    ),
    "header names",
  ),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const targets = dataset.value.map((entry) => (typeof entry === "string" ? entry : entry.to));
    const seen = new Set<string>();
    targets.forEach((target, index) => {
      const normal = normalHeaderName(target);
      if (seen.has(normal)) {
        addIssue({
          message: `${target} is already the target of an earlier entry. Keep one.`,
          path: faultPath(index),
        });
      }
      seen.add(normal);
    });
  }),
);

const forwardMode = v.pipe(
  v.picklist(["allowlist"], ({ input }) =>
    input === "all-except"
      ? `"all-except" would forward headers that no one has reviewed, credentials among them. List the headers to forward, with "mode": "allowlist".`
      : `expected "allowlist", got ${describeValue(input)}.`,
  ),
  notes({
    description:
      "How `headers` is read. `allowlist`, the only mode here: exactly these headers are forwarded.",
    examples: ["allowlist"],
    source: "Portkey",
  }),
);

const forwardObject = closedObject({
  mode: forwardMode,
  headers: v.pipe(
    forwardedHeaders,
    notes({
      description: "Header names, or `{from, to}` to rename one.",
      examples: [["X-Request-Id"]],
      source: "Portkey",
    }),
  ),
});

/** `forward_headers`: a list of names and `{from, to}`, or `{mode: "allowlist", headers: […]}`. The result is the list. */
export const forwardHeadersSchema = v.pipe(
  v.union([forwardedHeaders, forwardObject], ({ input }) => {
    const advice = typeof input === "string" && input !== "" ? ` Write [${quoteText(input)}].` : "";
    return `expected a list of header names in square brackets, or {"mode": "allowlist", "headers": […]}, got ${describeValue(input)}.${advice}`;
  }),
  v.transform((setting) => (Array.isArray(setting) ? setting : setting.headers)),
);

/** A client header that is let through. */
export type ForwardHeader = { from: string; to: string };

/** `forward_headers` in one form. */
export function forwardHeaderPairs(entries: v.InferOutput<typeof forwardHeadersSchema>): ForwardHeader[] {
  return entries.map((entry) => (typeof entry === "string" ? { from: entry, to: entry } : entry));
}

function repeatedNames(names: readonly string[]): [name: string, first: string][] {
  const firstByNormal = new Map<string, string>();
  const repeated: [string, string][] = [];
  for (const name of names) {
    const first = firstByNormal.get(normalHeaderName(name));
    if (first === undefined) firstByNormal.set(normalHeaderName(name), name);
    else repeated.push([name, first]);
  }
  return repeated;
}
