// Valid URLs: https, or http to localhost; no credentials, no fragment. The checks use the text as written, because the URL parser
// silently corrects what other parsers read differently.
import { quoteText } from "./faults.ts";

const AS_WRITTEN = /^https?:\/\/(?!\/)[^\s\\\p{Cc}]+$/u;
const PLACEHOLDER = /[{}<>]|%7B|%7D/i;

/** The error of a URL; undefined if valid. */
export function urlFault(text: string): string | undefined {
  if (PLACEHOLDER.test(text))
    return `${quoteText(text)} still contains a placeholder. Replace it with the real id or host.`;
  if (!AS_WRITTEN.test(text) || !URL.canParse(text)) {
    return `expected an https URL such as "https://host.example/path", got ${quoteText(text)}.`;
  }
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") {
    return `credentials in a URL end up in logs: remove the part before "@" in ${quoteText(text)}.`;
  }
  if (text.includes("#"))
    return `a fragment is never sent: remove "#" and what follows it from ${quoteText(text)}.`;
  if (url.protocol === "http:" && !isLoopbackHost(url.hostname)) {
    return `expected https, got ${quoteText(text)}. Plain http is accepted only for localhost, 127.0.0.0/8 and [::1].`;
  }
  if (isInstanceHost(url.hostname)) {
    return `${quoteText(text)} is a link-local, metadata or unspecified address, which is never an MCP server. Use the server's host name.`;
  }
  return undefined;
}

/** The error of a base URL, which clients compare byte for byte; undefined if valid. */
export function baseUrlFault(text: string): string | undefined {
  const fault = urlFault(text);
  if (fault !== undefined) return fault;
  const url = new URL(text);
  if (text.includes("?"))
    return `a base URL must not have a query: remove "?" and what follows it from ${quoteText(text)}.`;
  const normal = url.href.replace(/\/+$/, "");
  return text === normal
    ? undefined
    : `${quoteText(text)} is compared byte for byte. Write ${quoteText(normal)}.`;
}

/** The error of a browser origin; undefined if valid. */
export function originFault(text: string): string | undefined {
  if (text === "*")
    return `"*" would allow every web page to use a signed-in user's access. List each origin.`;
  const fault = urlFault(text);
  if (fault !== undefined) return fault;
  const { origin } = new URL(text);
  return text === origin
    ? undefined
    : `an origin must not have a path: ${quoteText(text)} never matches. Write ${quoteText(origin)}.`;
}

/** The error of a server URL that is the gateway's own URL; undefined otherwise. @param publicUrl the gateway's URL, if known */
export function ownAddressFault(url: string, publicUrl: string | undefined): string | undefined {
  if (publicUrl === undefined) return undefined;
  // Parsed, because the URL may contain an upper-case host or the default port.
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}/`.startsWith(new URL(`${publicUrl}/`).href)
    ? "this is the gateway's own URL: it would call itself. Use the URL of the MCP server."
    : undefined;
}

/** Whether a `URL.hostname` is localhost, in 127.0.0.0/8 or [::1]. */
export function isLoopbackHost(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.[\d.]+$/.test(hostname);
}

// Link-local addresses (RFC 3927, RFC 4291 §2.5.6), which include cloud metadata services, in every form of `URL.hostname`, also
// embedded in IPv6 (mapped, NAT64); and the unspecified address, which connects to the local machine.
const INSTANCE_HOSTS = [
  /^(?:0|169\.254)\./,
  /\[(?:::\]|fe[89ab][0-9a-f]:|fd00:ec2:|.*:a9fe:[0-9a-f]+\])/,
  /^(?:metadata\.google\.internal|instance-data(?:\.ec2\.internal)?)\.?$/,
];

function isInstanceHost(hostname: string): boolean {
  return INSTANCE_HOSTS.some((form) => form.test(hostname));
}
