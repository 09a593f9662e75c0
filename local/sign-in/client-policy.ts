// What a client may say about itself when it registers (RFC 7591) or publishes its metadata document, beyond
// what oidc-provider checks. Section 3.2.1 lets a server replace what it does not support: real clients list
// grant types and scopes on a guess, and refusing them for it would only stop the sign-in.
import { isIP } from "node:net";
import { type ClientMetadata, errors } from "oidc-provider";

const GRANT_TYPES: readonly string[] = ["authorization_code", "refresh_token", "client_credentials"];

/** Changes the metadata in place. @throws InvalidClientMetadata on a redirect URI that leaks codes. */
export function applyClientPolicy(metadata: ClientMetadata): void {
  // A client registered with today's scopes asks for more after `insufficient_scope`; consent decides, not this.
  delete metadata.scope;
  if (Array.isArray(metadata.grant_types)) {
    metadata.grant_types = metadata.grant_types.filter((type) => GRANT_TYPES.includes(type));
  }
  for (const uri of Array.isArray(metadata.redirect_uris) ? metadata.redirect_uris : []) {
    const url = URL.parse(String(uri));
    if (url?.protocol === "http:" && !isLoopback(url.hostname)) {
      throw new errors.InvalidClientMetadata(
        `redirect_uris must use https, or http on loopback (127.0.0.1, [::1], localhost), or a scheme of the app's own; not ${url.origin}`,
      );
    }
  }
}

function isLoopback(hostname: string): boolean {
  return (
    hostname === "localhost" || hostname === "[::1]" || (isIP(hostname) === 4 && hostname.startsWith("127."))
  );
}
