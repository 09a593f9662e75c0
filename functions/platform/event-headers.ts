// The headers of an API Gateway event, whose names keep the case in which the client wrote them.

/**
 * All values of each header by lower-case name: `Authorization` and `authorization` are one header, sent twice.
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

// An event that is not API Gateway's is read as if it had no headers, and denied for that.
function textsOf(values: unknown): string[] {
  return Array.isArray(values) ? values.filter((value) => typeof value === "string") : [];
}
