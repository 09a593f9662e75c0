// The form of a request over which AWS Signature Version 4 is calculated. Its query and headers must be identical to those sent.

/** A request whose headers have lower-case names. */
export type RequestToSign = {
  url: string;
  method: string;
  headers: Record<string, string>;
  body: string | undefined;
};

/** A request as the SDK's signer expects it. */
type SignerRequest = {
  protocol: string;
  hostname: string;
  method: string;
  path: string;
  query: Record<string, string[]>;
  headers: Record<string, string>;
  body: string | undefined;
};

/** VPC Lattice does not verify the payload. */
const WITHOUT_PAYLOAD = "vpc-lattice-svcs";

/**
 * Prepares a request for signing.
 *
 * @param request the request without a signature
 * @param service the service name in the signature
 * @returns the request to sign, and the URL to send it to
 * @see https://docs.aws.amazon.com/vpc-lattice/latest/ug/sigv4-authenticated-requests.html
 */
export function signedUrl(
  { url: text, method, headers, body }: RequestToSign,
  service: string,
): { url: string; toSign: SignerRequest; unsignableHeaders: Set<string> } {
  const url = new URL(text);
  const query: Record<string, string[]> = {};
  for (const [name, value] of url.searchParams) query[name] = [...(query[name] ?? []), value];
  // Percent-encoded, because readers disagree on the meaning of `+`.
  const encoded = [...url.searchParams].map((pair) => pair.map(percentEncoded).join("=")).join("&");
  url.search = encoded;
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
  // Node sends headers as Latin-1, one byte per character; the signature is calculated over UTF-8.
  const others = Object.keys(headers).filter((name) => !/^[\t\x20-\x7e]*$/.test(headers[name] as string));
  return { url: url.href, toSign, unsignableHeaders: new Set(others) };
}

/** Encodes all but the unreserved characters (RFC 3986 §2.3). */
function percentEncoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
