// Changes an authorization request before oidc-provider reads it: the form of a POST becomes a query, a default scope and the consent
// for offline_access are added, and the session is removed.
import type { IncomingMessage, ServerResponse } from "node:http";
import { readBody } from "./http-message.ts";

/** Changes method and URL of the request in place. @throws Error with `code` BODY_TOO_LARGE */
export async function prepareAuthorizationRequest(
  request: IncomingMessage,
  url: URL,
  defaultScope: string,
): Promise<void> {
  let parameters = url.searchParams;
  if (request.method === "POST") {
    // OpenID Connect Core section 3.1.2.1 allows the same parameters in a form.
    parameters = new URLSearchParams(await readBody(request));
    request.method = "GET";
  }
  // RFC 6749 section 3.3: a request without a scope gets the default scope.
  if (!parameters.get("scope")) parameters.set("scope", defaultScope);
  askConsentForOfflineAccess(parameters);
  request.url = `${url.pathname}?${parameters}`;
}

/**
 * oidc-provider follows OpenID Connect Core section 11 and ignores offline_access without `prompt=consent`. MCP clients (Codex) send
 * only the scope, get no refresh token, and later request the scope again at a refresh. Every sign-in here asks for consent anyway.
 */
function askConsentForOfflineAccess(parameters: URLSearchParams): void {
  const scopes = (parameters.get("scope") ?? "").split(" ");
  const prompts = (parameters.get("prompt") ?? "").split(" ").filter(Boolean);
  if (!scopes.includes("offline_access") || prompts.includes("consent") || prompts.includes("none")) return;
  parameters.set("prompt", [...prompts, "consent"].join(" "));
}

/**
 * Every sign-in chooses its user: with a session, the other user could not be tried. The browser must delete its cookie too, or
 * the old session would interfere with the new login.
 */
export function removeSession(request: IncomingMessage, response: ServerResponse, cookieName: string): void {
  const names = [cookieName, `${cookieName}.sig`];
  const cookies = (request.headers.cookie ?? "").split("; ");
  const kept = cookies.filter((cookie) => !names.includes(cookie.slice(0, cookie.indexOf("="))));
  if (kept.length === cookies.length) return;
  request.headers.cookie = kept.join("; ");
  const expired = "; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax";
  response.setHeader(
    "set-cookie",
    names.map((name) => `${name}=${expired}`),
  );
}
