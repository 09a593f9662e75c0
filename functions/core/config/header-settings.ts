// The `headers` and `forward_headers` keys of a server.

import * as v from "valibot";
import { isJsonObject } from "../json.ts";
import { describeValue, quoteText } from "./faults.ts";
import {
  checked,
  checkedText,
  closedObject,
  faultPath,
  list,
  namedEntries,
  requiredKey,
  textWithReferences,
} from "./fields.ts";
import { forwardedNameFault, headerNameFault, isHeaderValue, normalHeaderName } from "./header-names.ts";

const headerValue = v.pipe(
  textWithReferences(),
  v.check(
    isHeaderValue,
    "expected printable ASCII in one line (not shown). Remove line breaks and other characters.",
  ),
);

/** `headers`: name to value. */
export const staticHeadersSchema = v.pipe(
  namedEntries(checkedText("a header name", headerNameFault), headerValue),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!isJsonObject(dataset.value)) return;
    for (const [name, first] of repeatedNames(Object.keys(dataset.value))) {
      addIssue({
        message: `the same header as ${JSON.stringify(first)} (case is ignored, "_" equals "-"). Keep one.`,
        path: faultPath(name),
      });
    }
  }),
);

const forwardedName = checkedText("a header name", forwardedNameFault);

const renamedHeader = closedObject({
  from: requiredKey(forwardedName, { description: "Name that the client sends.", examples: ["X-Locale"] }),
  to: requiredKey(forwardedName, {
    description: "Name that the server receives.",
    examples: ["Accept-Language"],
  }),
});

const forwardedHeaders = v.pipe(
  list(
    v.union(
      [forwardedName, renamedHeader],
      (issue) => `expected a header name or {"from": …, "to": …}, got ${describeValue(issue.input)}.`,
    ),
    "header names",
  ),
  checked((entries) => {
    const targets = forwardHeaderPairs(entries).map(({ to }) => to);
    const normal = targets.map(normalHeaderName);
    return targets.flatMap((target, index) =>
      normal.indexOf(normalHeaderName(target)) < index
        ? [{ path: [index], message: `${target} is already the target of an earlier entry. Keep one.` }]
        : [],
    );
  }),
);

const forwardMode = requiredKey(
  v.picklist(["allowlist"], ({ input }) =>
    input === "all-except"
      ? `"all-except" would forward unreviewed headers, including credentials. List the headers to forward, with "mode": "allowlist".`
      : `expected "allowlist", got ${describeValue(input)}.`,
  ),
  {
    description: "`allowlist`, the only supported mode: only the listed headers are forwarded.",
    examples: ["allowlist"],
    source: "Portkey",
  },
);

const forwardObject = closedObject({
  mode: forwardMode,
  headers: requiredKey(forwardedHeaders, {
    description: "Header names, or `{from, to}` to rename one.",
    examples: [["X-Request-Id"]],
    source: "Portkey",
  }),
});

/** `forward_headers`: a list of names and `{from, to}`, or `{mode: "allowlist", headers: […]}`. The result is the list. */
export const forwardHeadersSchema = v.pipe(
  v.union([forwardedHeaders, forwardObject], ({ input }) => {
    const advice = typeof input === "string" && input !== "" ? ` Write [${quoteText(input)}].` : "";
    return `expected a list of header names in square brackets, or {"mode": "allowlist", "headers": […]}, got ${describeValue(input)}.${advice}`;
  }),
  v.transform((setting) => (Array.isArray(setting) ? setting : setting.headers)),
);

export type ForwardHeader = { from: string; to: string };

/** The entries of `forward_headers` as pairs; a name alone is forwarded under the same name. */
export function forwardHeaderPairs(entries: readonly (string | ForwardHeader)[]): ForwardHeader[] {
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
