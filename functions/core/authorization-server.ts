// Checks authorization server metadata (RFC 8414) that the gateway relays unchanged.

/** Well-known paths below an issuer, in the order in which they are requested. */
export function authorizationServerMetadataUrls(issuer: string): string[] {
  const base = issuer.replace(/\/$/, "");
  return [`${base}/.well-known/oauth-authorization-server`, `${base}/.well-known/openid-configuration`];
}

/**
 * What is wrong with a document, or undefined.
 *
 * A document of another issuer would send users to that issuer's login page (RFC 8414 §3.3, mix-up attacks).
 */
export function authorizationServerFault(document: unknown, issuer: string): string | undefined {
  if (typeof document !== "object" || document === null || Array.isArray(document))
    return "not a JSON object";
  const members = document as Record<string, unknown>;
  if (members["issuer"] !== issuer) return "its issuer is not the one it was asked of";
  const unsafe = ["authorization_endpoint", "token_endpoint"].find((name) => !isSafeUrl(members[name]));
  return unsafe && `its ${unsafe} is not an https URL`;
}

function isSafeUrl(value: unknown): boolean {
  const url = typeof value === "string" ? URL.parse(value) : null;
  if (url === null) return false;
  const loopback = url.hostname === "localhost" || url.hostname === "127.0.0.1" || url.hostname === "[::1]";
  return url.protocol === "https:" || (url.protocol === "http:" && loopback);
}
