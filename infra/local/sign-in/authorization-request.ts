// Two things done to an authorization request before oidc-provider sees it: a default scope, and no session.
import type { IncomingMessage, ServerResponse } from "node:http";

/** RFC 6749 section 3.3: a request without a scope is taken as one for the default scope. */
export function addDefaultScope(request: IncomingMessage, url: URL, defaultScope: string): void {
  if (url.searchParams.get("scope")) return;
  url.searchParams.set("scope", defaultScope);
  request.url = url.pathname + url.search;
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
