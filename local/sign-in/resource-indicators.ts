// RFC 8707: the `resource` values for which a client may request a token.

/**
 * True if the indicator is an accepted URL or below one at a path segment boundary. A trailing slash is ignored: clients that
 * parse `http://host` as a URL send `http://host/`.
 */
export function resourceAccepted(indicator: string, accepted: readonly string[]): boolean {
  const asked = URL.parse(indicator);
  if (!asked || asked.hash || asked.search || asked.username || asked.password) return false;
  return accepted.some((candidate) => {
    const known = URL.parse(candidate);
    return known !== null && known.origin === asked.origin && `${asked.pathname}/`.startsWith(folder(known));
  });
}

function folder(url: URL): string {
  return url.pathname.endsWith("/") ? url.pathname : `${url.pathname}/`;
}
