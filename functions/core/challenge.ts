// The WWW-Authenticate challenges of a protected resource: RFC 6750 §3, with RFC 9728 §5.1's way to the metadata.
import { headerText } from "./safe-text.ts";

/** What a challenge says. */
export type Challenge = { error?: "insufficient_scope" | "invalid_token"; scopes?: readonly string[] };

/**
 * The value of `WWW-Authenticate` for a server of the gateway. From the proxy it reaches clients as
 * `x-amzn-remapped-www-authenticate`: API Gateway renames it, and clients then find the metadata at its well-known place.
 *
 * @param publicUrl the gateway's own URL, no trailing slash
 * @param server the server's name
 * @param challenge the error and all scopes that the request needs
 */
export function bearerChallenge(
  publicUrl: string,
  server: string,
  { error, scopes = [] }: Challenge,
): string {
  const metadata = `${publicUrl}/.well-known/oauth-protected-resource/${headerText(server)}/mcp`;
  const parameters = [
    ...(error === undefined ? [] : [`error="${error}"`]),
    `resource_metadata="${metadata}"`,
    ...(scopes.length === 0 ? [] : [`scope="${scopes.join(" ")}"`]),
  ];
  return `Bearer ${parameters.join(", ")}`;
}
