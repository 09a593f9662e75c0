// Checks of client metadata, from registration (RFC 7591) or a metadata document, beyond those of oidc-provider. Section 3.2.1
// lets a server replace unsupported values: real clients guess grant types and scopes, and rejecting them would only break
// the sign-in.
import { isIP } from "node:net";
import { type ClientMetadata, errors } from "oidc-provider";

const GRANT_TYPES: readonly string[] = ["authorization_code", "refresh_token", "client_credentials"];

/** Changes the metadata in place. @throws InvalidClientMetadata on a redirect URI that leaks codes. */
export function applyClientPolicy(metadata: ClientMetadata): void {
  // A client may request more scopes than it registered with, after `insufficient_scope`; the consent page decides.
  delete metadata.scope;
  if (Array.isArray(metadata.grant_types)) {
    metadata.grant_types = metadata.grant_types.filter((type) => GRANT_TYPES.includes(type));
  }
  for (const uri of Array.isArray(metadata.redirect_uris) ? metadata.redirect_uris : []) {
    const url = URL.parse(String(uri));
    if (url?.protocol === "http:" && !isLoopback(url.hostname)) {
      throw new errors.InvalidClientMetadata(
        `redirect_uris must use https, or http on loopback (127.0.0.1, [::1], localhost), or a custom scheme of the app, but got ${url.origin}`,
      );
    }
  }
}

function isLoopback(hostname: string): boolean {
  return (
    hostname === "localhost" || hostname === "[::1]" || (isIP(hostname) === 4 && hostname.startsWith("127."))
  );
}
