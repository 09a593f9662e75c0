// Which patterns access rules may have: only those that some name or URI in its one form can match. A rule that never applies would
// let an operator believe in a protection that is not there.
import { nameFault } from "../canonical-name.ts";
import { plainPunctuation, uriFault } from "../canonical-uri.ts";
import { quoteText } from "./describe-value.ts";

/** What is wrong with a pattern over tool or prompt names, or undefined. `*` counts as any other character. */
export function namePatternFault(pattern: string): string | undefined {
  const fault = nameFault(pattern);
  if (fault === undefined) return undefined;
  const spelling = pattern.normalize("NFC").trim();
  return `expected a name or a glob ${fault}, got ${quoteText(pattern)}: names in another form reach no server.${advice(spelling, nameFault)}`;
}

/** What is wrong with a pattern over resource URIs, or undefined. */
export function uriPatternFault(pattern: string): string | undefined {
  // `%2*` would stand for many characters, each by accident.
  if (/%(?:[0-9A-Fa-f]?\*|[0-9A-Fa-f]?$)/.test(pattern)) {
    return `expected whole escapes (%20), got ${quoteText(pattern)}: a "*" cannot stand for a part of one.`;
  }
  const plain = plainPunctuation(pattern);
  if (plain !== pattern && nearestFault(plain) === undefined) {
    return `expected punctuation as it is, got ${quoteText(pattern)}: rules apply to URIs without escapes of it. Write ${quoteText(plain)}.`;
  }
  const fault = nearestFault(pattern);
  if (fault === undefined) return undefined;
  const spelling = normalSpelling(pattern);
  return `expected a URI or a glob ${fault}, got ${quoteText(pattern)}: URIs in another form reach no server.${advice(spelling, nearestFault)}`;
}

function advice(spelling: string, faultOf: (text: string) => string | undefined): string {
  return faultOf(spelling) === undefined
    ? ` Write ${quoteText(spelling)}.`
    : " Write it as the server lists it.";
}

/** What a `*` may have to stand for so that the whole is a URI: a scheme, a host, a port, a segment, or nothing. */
const FILLINGS = [
  ...["x", "", "/x", "x/", "/", "x?", "x:", ":", "8", "::1"],
  ...["//x/", "x://x/", "x://x", "://x/", "x://", "://"],
];
/** Each further `*` multiplies the work by the number of fillings. */
const MAX_VARIED_STARS = 3;

/** The fault of the pattern where no filling makes it a URI in its one form: the one of the first filling that is plainest. */
function nearestFault(pattern: string): string | undefined {
  const parts = pattern.replace(/\*+/g, "*").split("*");
  const varied = Math.min(parts.length - 1, MAX_VARIED_STARS);
  const combinations = FILLINGS.length ** varied;
  let first: string | undefined;
  for (let combination = 0; combination < combinations; combination++) {
    const filled = parts.reduce((text, part, index) => {
      const choice =
        index > varied ? 0 : Math.floor(combination / FILLINGS.length ** (index - 1)) % FILLINGS.length;
      return text + FILLINGS[choice] + part;
    });
    const fault = uriFault(filled);
    if (fault === undefined) return undefined;
    first ??= fault;
  }
  return first;
}

/** The pattern as RFC 3986 §6.2.2 and §6.2.3 normalise it, as far as that can be done for a glob. */
function normalSpelling(pattern: string): string {
  const parts = /^([^:/*]+:)?(\/\/[^/?#]*)?([^?#]*)(\?[^#]*)?/.exec(pattern) as RegExpExecArray;
  const [, scheme = "", authority = "", path = "", query = ""] = parts.map((part) => part?.toLowerCase());
  const [, , , writtenPath = path, writtenQuery = query] = parts;
  const port = scheme === "https:" ? /:(?:443)?$/ : /:(?:80)?$/;
  const host = scheme === "file:" ? "//" : authority.replace(/^\/\/[^/]*@/, "//").replace(port, "");
  return scheme + host + withoutDotSegments(plainEscapes(writtenPath)) + writtenQuery;
}

function plainEscapes(path: string): string {
  return encodeURI(path.toWellFormed().normalize("NFC"))
    .replace(/%25/g, "%")
    .replace(/%[0-9a-f]{2}/gi, (triplet) => {
      const character = String.fromCharCode(Number.parseInt(triplet.slice(1), 16));
      return /[A-Za-z0-9._~-]/.test(character) ? character : triplet.toUpperCase();
    });
}

function withoutDotSegments(path: string): string {
  const kept: string[] = [];
  for (const segment of path.replace(/\/{2,}/g, "/").split("/")) {
    if (segment === "..") kept.length = Math.max(1, kept.length - 1);
    else if (segment !== ".") kept.push(segment);
  }
  return kept.join("/");
}
