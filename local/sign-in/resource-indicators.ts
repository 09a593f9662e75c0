// RFC 8707: the `resource` values for which a client may request a token.

/**
 * True if the indicator is the MCP Server's URL or below it at a path segment boundary. A trailing slash is ignored: clients that
 * parse `http://host` as a URL send `http://host/`.
 */
export function resourceAccepted(indicator: string, serverUrl: string): boolean {
  const asked = URL.parse(indicator);
  if (!asked || asked.hash || asked.search || asked.username || asked.password) return false;
  const { origin, pathname } = new URL(serverUrl);
  return origin === asked.origin && `${asked.pathname}/`.startsWith(pathname.replace(/\/?$/, "/"));
}
