// The `headers` and `forward_headers` keys of a server.

import * as v from "valibot";
import { describeKind, describeValue, quoteText } from "./faults.ts";
import {
  checked,
  checkedText,
  closedObject,
  expectedSecret,
  faultPath,
  isObject,
  list,
  namedEntries,
  requiredKey,
} from "./fields.ts";
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
      `expected a secret reference of the form "{{ssm:/name}}", got ${describeKind(issue.input)} with other double braces (not shown). Fix it.`,
  ),
);

/** `headers`: name to value. */
export const staticHeadersSchema = v.pipe(
  namedEntries(checkedText("a header name", headerNameFault), headerValue),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!isObject(dataset.value)) return;
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

// Which header names (RFC 9110, section 5.1) a configuration may use, by purpose.

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;
const VALUE = /^[\t\x20-\x7e]*$/;

/** Hop-by-hop headers (RFC 9110 §7.6.1). */
const HOP_BY_HOP = [
  "connection",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** Set by the gateway, in particular headers that determine how the body is parsed and framed. */
const GATEWAY_OWN = [
  "accept",
  "accept-encoding",
  "content-encoding",
  "content-length",
  "content-range",
  "content-transfer-encoding",
  "content-type",
  "expect",
  "host",
  "last-event-id",
  "mcp-method",
  "mcp-name",
  "mcp-protocol-version",
  "mcp-session-id",
];
const GATEWAY_OWN_PREFIX = "mcp-param-";

/** Never forwarded from a client: credentials and client addresses. */
const NEVER_FORWARDED = [
  "authorization",
  "cookie",
  "cookie2",
  "set-cookie",
  "set-cookie2",
  "forwarded",
  "api-key",
  "apikey",
  "x-access-token",
  "x-api-key",
  "x-auth-token",
  "x-portkey-api-key",
  "via",
  // Behind CloudFront, it contains the secret that identifies the distribution to the API.
  "referer",
  "x-real-ip",
];
const NEVER_FORWARDED_PREFIXES = ["proxy-", "x-forwarded-", "x-amz-", "x-amzn-"];

/** Headers with which some servers replace the method or path of the request. */
const REQUEST_OVERRIDES = [
  "x-http-method",
  "x-http-method-override",
  "x-method-override",
  "x-original-url",
  "x-rewrite-url",
];

/** Identifies the gateway to servers; `headers` may set it, clients may not. */
const USER_AGENT = "user-agent";

const DEFAULT_IDENTITY_HEADERS = ["X-User-Claims", "X-User-JWT"] as const;

/** A header name for comparison: lower case, and `_` replaced with `-`, because many servers treat them as equal. */
export function normalHeaderName(name: string): string {
  return name.toLowerCase().replaceAll("_", "-");
}

/**
 * Whether a client's header may be forwarded if the configuration names it.
 *
 * @param normal its {@link normalHeaderName}
 */
export function isForwardable(normal: string): boolean {
  const isTaken = isHopByHop(normal) || isGatewayOwn(normal) || isNeverForwarded(normal);
  return !isTaken && !REQUEST_OVERRIDES.includes(normal) && normal !== USER_AGENT;
}

function isHopByHop(normal: string): boolean {
  return HOP_BY_HOP.includes(normal);
}

function isGatewayOwn(normal: string): boolean {
  return GATEWAY_OWN.includes(normal) || normal.startsWith(GATEWAY_OWN_PREFIX);
}

function isNeverForwarded(normal: string): boolean {
  return (
    NEVER_FORWARDED.includes(normal) || NEVER_FORWARDED_PREFIXES.some((prefix) => normal.startsWith(prefix))
  );
}

/** The error of a header that the gateway is to set; undefined if valid. */
export function headerNameFault(name: string): string | undefined {
  const normal = normalHeaderName(name);
  if (!TOKEN.test(name)) {
    return `expected a header name (letters, digits, "-"), got ${quoteText(name)}.`;
  }
  if (isHopByHop(normal)) {
    return `${name} is a hop-by-hop header and cannot be set. Choose another name.`;
  }
  if (isGatewayOwn(normal)) {
    return `${name} is set by the gateway. Choose another name.`;
  }
  return undefined;
}

/** The error of the header that tokens are read from; undefined if valid. */
export function tokenHeaderFault(name: string): string | undefined {
  return normalHeaderName(name) === "cookie"
    ? `${name} contains cookies, not a token. Remove "headerKey" to use Authorization, or name another header.`
    : headerNameFault(name);
}

/** The error of a client's header that is to be forwarded; undefined if valid. */
export function forwardedNameFault(name: string): string | undefined {
  const fault = headerNameFault(name);
  if (fault !== undefined) return fault;
  const normal = normalHeaderName(name);
  if (isNeverForwarded(normal)) {
    return `${name} carries credentials or the caller's address and is never forwarded. Remove it; to send a credential of the gateway, use "headers".`;
  }
  if (REQUEST_OVERRIDES.includes(normal)) {
    return `${name} lets a client replace the method or path of the request and is never forwarded. Remove it.`;
  }
  if (normal === USER_AGENT) {
    return `${name} identifies the gateway to servers and is never forwarded. Remove it; set a fixed value in "headers".`;
  }
  if (DEFAULT_IDENTITY_HEADERS.some((identity) => normalHeaderName(identity) === normal)) {
    return `${name} carries the identity that servers trust, so a client must not set it. Remove it.`;
  }
  return undefined;
}

/** Whether a text is safe as a header value: ASCII without control characters. */
export function isHeaderValue(value: string): boolean {
  return VALUE.test(value);
}
