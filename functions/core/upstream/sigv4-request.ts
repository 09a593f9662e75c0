// A request in the form in which AWS Signature Version 4 is made over it, and the same request as it is sent: query and headers must be
// spelled alike in both.

/** A request whose headers have lower-case names. */
export type RequestToSign = {
  url: string;
  method: string;
  headers: Record<string, string>;
  body: string | undefined;
};

/** A request as the SDK's signer takes it. */
type SignerRequest = {
  protocol: string;
  hostname: string;
  method: string;
  path: string;
  query: Record<string, string[]>;
  headers: Record<string, string>;
  body: string | undefined;
};

/** The service that verifies no payload: VPC Lattice. */
const WITHOUT_PAYLOAD = "vpc-lattice-svcs";

/**
 * Prepares a request.
 *
 * @param request the request as it would be sent without a signature
 * @param service that is signed for
 * @returns what is signed, and the URL to send it to
 * @see https://docs.aws.amazon.com/vpc-lattice/latest/ug/sigv4-authenticated-requests.html
 */
export function signedUrl(
  { url: text, method, headers, body }: RequestToSign,
  service: string,
): { url: string; toSign: SignerRequest; unsignableHeaders: Set<string> } {
  const url = new URL(text);
  const query: Record<string, string[]> = {};
  for (const [name, value] of url.searchParams) query[name] = [...(query[name] ?? []), value];
  // Every reader makes the same of it, whatever it takes `+` for.
  const spelled = [...url.searchParams].map((pair) => pair.map(percentEncoded).join("=")).join("&");
  url.search = spelled;
  const signed = { ...headers, host: url.host };
  const toSign = {
    protocol: url.protocol,
    hostname: url.hostname,
    method,
    path: url.pathname,
    query,
    headers: service === WITHOUT_PAYLOAD ? { ...signed, "x-amz-content-sha256": "UNSIGNED-PAYLOAD" } : signed,
    body,
  };
  // A header's text holds one byte a character, the signature is made over UTF-8.
  const others = Object.keys(headers).filter((name) => !/^[\t\x20-\x7e]*$/.test(headers[name] as string));
  return { url: url.href, toSign, unsignableHeaders: new Set(others) };
}

/** RFC 3986 §2.3: all but the unreserved characters. */
function percentEncoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
