// Which URLs a configuration may name: https, or http to this machine; no credentials, no fragment. Checks run on the
// text as written, because the URL parser silently mends what other readers would read differently.
import { quoteText } from "./faults.ts";

const AS_WRITTEN = /^https?:\/\/(?!\/)[^\s\\\p{Cc}]+$/u;
const PLACEHOLDER = /[{}<>]|%7B|%7D/i;

/** What is wrong with a URL, or undefined. `what` names it: "an https URL". */
export function urlFault(text: string): string | undefined {
  if (PLACEHOLDER.test(text))
    return `${quoteText(text)} still holds a placeholder. Put the real id or host in its place.`;
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
    return `${quoteText(text)} is an address by which a machine reaches itself or its cloud's credentials, never a server. Name the host.`;
  }
  return undefined;
}

/** What is wrong with a base URL that paths are appended to and clients compare byte for byte, or undefined. */
export function baseUrlFault(text: string): string | undefined {
  const fault = urlFault(text);
  if (fault !== undefined) return fault;
  const url = new URL(text);
  if (text.includes("?"))
    return `a base URL has no query: remove "?" and what follows it from ${quoteText(text)}.`;
  const normal = url.href.replace(/\/+$/, "");
  return text === normal
    ? undefined
    : `${quoteText(text)} is compared byte for byte. Write ${quoteText(normal)}.`;
}

/** What is wrong with a browser origin, or undefined. */
export function originFault(text: string): string | undefined {
  if (text === "*")
    return `"*" would let every web page use a signed-in user's access. List the origins one by one.`;
  const fault = urlFault(text);
  if (fault !== undefined) return fault;
  const { origin } = new URL(text);
  return text === origin
    ? undefined
    : `an origin has no path: ${quoteText(text)} never matches. Write ${quoteText(origin)}.`;
}

/**
 * What is wrong with a server's URL that is the gateway's own address, or undefined.
 *
 * @param url a valid URL
 * @param publicUrl the gateway's own, where it is known
 */
export function ownAddressFault(url: string, publicUrl: string | undefined): string | undefined {
  if (publicUrl === undefined) return undefined;
  // Parsed, because a server's url may be written with capitals in its host or with the default port.
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}/`.startsWith(new URL(`${publicUrl}/`).href)
    ? "this is the gateway's own address: it would call itself. Name the downstream server."
    : undefined;
}

/** True for localhost, 127.0.0.0/8 and [::1], as `URL.hostname` writes them. */
function isLoopbackHost(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.[\d.]+$/.test(hostname);
}

// Link-local addresses (RFC 3927, RFC 4291 §2.5.6) with the clouds' metadata services on them, in every form that `URL.hostname` leaves:
// within IPv6 too (mapped, NAT64), and the unspecified address, which connects to this machine.
const INSTANCE_HOSTS = [
  /^(?:0|169\.254)\./,
  /\[(?:::\]|fe[89ab][0-9a-f]:|fd00:ec2:|.*:a9fe:[0-9a-f]+\])/,
  /^(?:metadata\.google\.internal|instance-data(?:\.ec2\.internal)?)\.?$/,
];

function isInstanceHost(hostname: string): boolean {
  return INSTANCE_HOSTS.some((form) => form.test(hostname));
}
