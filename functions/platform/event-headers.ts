// The headers of an API Gateway event, whose names have the client's case.

/**
 * All values of each header by lower-case name: `Authorization` and `authorization` are the same header, sent twice.
 *
 * @param multiValueHeaders of a REST API event
 */
export function headerValues(
  multiValueHeaders: Readonly<Record<string, string[] | undefined>> | null | undefined,
): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  for (const [name, values] of Object.entries(multiValueHeaders ?? {})) {
    const key = name.toLowerCase();
    const earlier = headers.get(key);
    headers.set(key, earlier === undefined ? textsOf(values) : [...earlier, ...textsOf(values)]);
  }
  return headers;
}

// Invalid values are treated as missing.
function textsOf(values: unknown): string[] {
  return Array.isArray(values) ? values.filter((value) => typeof value === "string") : [];
}
