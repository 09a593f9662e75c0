// The canonical form of resource URIs for servers with access rules: a subset of RFC 3986 normal form that every server reads alike.
// Servers cut off the scheme, join paths, and decode once or twice: a URI that could then name another resource is denied.
import { textFault } from "./canonical-name.ts";

const MAX_URI_CHARS = 2048;

// RFC 3986 §2.2 and §2.3, without "#" (a fragment is never part of what is read) and ";" (servers strip path parameters).
const CHARACTERS = /^[A-Za-z0-9._~:/?@!$&'()*+,=%[\]-]*$/;

// Escapes of characters that cannot appear unescaped. Never for "/", "\", "?", "#", "%", ";" and controls, nor for characters that need no
// escape: repeated decoding then results in the same URI.
const ESCAPE = /^%(?:20|22|3C|3E|5B|5D|5E|60|7B|7C|7D|[89A-F][0-9A-F])/;

// Punctuation that separates nothing in URIs. Python's `Path.as_uri` writes it as an escape, Node's `pathToFileURL` as itself.
const PLAIN_PUNCTUATION = /%(?:21|27|28|29|2C)/g;

const PARTS = /^([a-z][a-z0-9+.-]*):\/\/([^/?]*)(\/[^?]*)?(?:\?(.*))?$/;
const HOST = /^(?:[a-z0-9_~-]+(?:\.[a-z0-9_~-]+)*|\[[0-9a-f:.]+\])$/;
const HOST_FAULT = "with one host in lower case, without user name, escapes and empty labels";
const PORT = /^[1-9][0-9]{0,4}$/;

/** Schemes whose URIs always have a path, with their default ports (RFC 3986 §6.2.3). */
const DEFAULT_PORTS: ReadonlyMap<string, string> = new Map([
  ["http", "80"],
  ["https", "443"],
  ["ws", "80"],
  ["wss", "443"],
  ["ftp", "21"],
]);

// A segment of only dots and spaces, for any separator: Windows ignores spaces at the end of a name.
const DOT_PART = /(?:^|[/?:@!$&'()*+,=])(?:%20)*\.(?:\.|%20)*(?=[/?:@!$&'()*+,=]|$)/;

/**
 * Says why a URI is not in canonical form.
 *
 * @param uri a resource's URI as a client or a server sent it
 * @returns what is expected of the URI, or undefined if it is in that form
 */
export function uriFault(uri: string): string | undefined {
  if (uri.length > MAX_URI_CHARS) return `with at most ${MAX_URI_CHARS} characters`;
  if (uri.includes("#")) return "without a fragment";
  if (!CHARACTERS.test(uri)) return 'of RFC 3986\'s characters without ";", others as %XX';
  const text = plainPunctuation(uri);
  return escapeFault(text) ?? partsFault(text);
}

/**
 * A URI or glob with the punctuation in plain that writers of URIs may escape or not (`%28` and `(`): the text to which rules apply, since
 * servers read the same resource for both.
 */
export function plainPunctuation(uri: string): string {
  return uri.replace(PLAIN_PUNCTUATION, decodeURIComponent);
}

function escapeFault(uri: string): string | undefined {
  for (let at = uri.indexOf("%"); at !== -1; at = uri.indexOf("%", at + 1)) {
    if (!ESCAPE.test(uri.slice(at, at + 3)))
      return "with escapes in upper case, and only for characters that cannot stand for themselves";
  }
  let text: string;
  try {
    text = decodeURIComponent(uri);
  } catch {
    return "with escapes that are UTF-8";
  }
  // UAX #15: full-width dots and slashes become plain ones if a server or its file system folds compatible characters.
  if (separators(text) !== separators(text.normalize("NFKC")))
    return "without look-alikes of separators and dots";
  return textFault(text);
}

function separators(text: string): string {
  return text.replace(/[^./\\:?#%;]/g, "");
}

function partsFault(uri: string): string | undefined {
  const parts = PARTS.exec(uri);
  if (parts === null) return "that begins with scheme://, the scheme in lower case";
  const [, scheme = "", authority = "", path = "", query = ""] = parts;
  const fault = scheme === "file" ? fileFault(authority, path) : authorityFault(scheme, authority);
  if (fault !== undefined) return fault;
  if (path.includes("//")) return 'without empty path segments ("//")';
  if (DOT_PART.test(path) || DOT_PART.test(`?${query}`)) return 'without "." and ".." segments';
  if (/[[\]]/.test(path + query)) return "with square brackets around an IPv6 address only";
  // A cross-check: a URI that Node's parser changes is not in canonical form either (hosts such as 127.1 or xn--a).
  const bare = uri.replace(/\?.*/, "");
  return URL.parse(bare)?.href === bare ? undefined : "in the normal form of its scheme";
}

// file://host/x and file:///x are the same file to servers that ignore the host.
function fileFault(authority: string, path: string): string | undefined {
  return authority === "" && path !== "" ? undefined : "without a host: file:///path";
}

function authorityFault(scheme: string, authority: string): string | undefined {
  const [, host = "", port] = /^(\[.*\]|[^:]*)(?::(.*))?$/.exec(authority) as RegExpExecArray;
  if (!HOST.test(host)) return HOST_FAULT;
  if (port === undefined) return undefined;
  if (!PORT.test(port) || Number(port) > 65_535 || port === DEFAULT_PORTS.get(scheme))
    return "without a default, empty or invalid port";
  return undefined;
}

/**
 * The text of a URI template (RFC 6570) to which access rules apply: each expression becomes `{name}` after its operator's separator
 * (`docs://a{/b}` becomes `docs://a/{b}`), so that a glob matches the template as it matches the URIs made from it.
 *
 * @returns undefined if the template does not make canonical URIs
 */
export function templateText(template: string): string | undefined {
  const text = template.replace(
    /\{([+#./;?&]?)([^{}]+)\}/g,
    (_all, operator, names) => `${operator === "+" ? "" : operator}{${names}}`,
  );
  return uriFault(text.replace(/\{[^{}]+\}/g, "x")) === undefined ? plainPunctuation(text) : undefined;
}
