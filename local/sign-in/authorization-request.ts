// What is done to an authorization request before oidc-provider reads it: the form of a POST becomes a query, a default scope, the
// consent that offline_access needs, and no session.
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
    // OpenID Connect Core section 3.1.2.1: the same parameters in a form. Read as a query, they are prepared in one place.
    parameters = new URLSearchParams(await readBody(request));
    request.method = "GET";
  }
  // RFC 6749 section 3.3: a request without a scope is taken as one for the default scope.
  if (!parameters.get("scope")) parameters.set("scope", defaultScope);
  askConsentForOfflineAccess(parameters);
  request.url = `${url.pathname}?${parameters}`;
}

/**
 * oidc-provider follows OpenID Connect Core section 11 and ignores offline_access without `prompt=consent`. MCP clients (Codex) send
 * the scope alone, get no refresh token for it, and later ask for the scope again when they refresh. Every sign-in here asks for
 * consent anyway.
 */
function askConsentForOfflineAccess(parameters: URLSearchParams): void {
  const scopes = (parameters.get("scope") ?? "").split(" ");
  const prompts = (parameters.get("prompt") ?? "").split(" ").filter(Boolean);
  if (!scopes.includes("offline_access") || prompts.includes("consent") || prompts.includes("none")) return;
  parameters.set("prompt", [...prompts, "consent"].join(" "));
}

/**
 * Every sign-in chooses its user anew: with a session kept, the other user could not be tried. The browser has to
 * forget its cookie too, or the old session would meet the new login half-way.
 */
export function forgetSession(request: IncomingMessage, response: ServerResponse, cookieName: string): void {
  const names = [cookieName, `${cookieName}.sig`];
  const cookies = (request.headers.cookie ?? "").split("; ");
  const kept = cookies.filter((cookie) => !names.includes(cookie.slice(0, cookie.indexOf("="))));
  if (kept.length === cookies.length) return;
  request.headers.cookie = kept.join("; ");
  const gone = "; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax";
  response.setHeader(
    "set-cookie",
    names.map((name) => `${name}=${gone}`),
  );
}
