// The two forms in which events carry headers and query parameters: `headers` with the last value of each name, and
// `multiValueHeaders` with all. Names keep the client's spelling and differ by case, as API Gateway's notes say.

type Pairs = readonly (readonly [name: string, value: string])[];

/** Last value of each name. */
export function lastValues(pairs: Pairs): Record<string, string> {
  return Object.fromEntries(pairs);
}

/** All values of each name, in order. */
export function allValues(pairs: Pairs): Record<string, string[]> {
  const values = new Map<string, string[]>();
  for (const [name, value] of pairs) values.set(name, [...(values.get(name) ?? []), value]);
  return Object.fromEntries(values);
}

/** Last value of a header whatever its case; undefined when it is missing. */
export function headerValue(headers: Pairs, name: string): string | undefined {
  const wanted = name.toLowerCase();
  return headers.findLast(([given]) => given.toLowerCase() === wanted)?.[1];
}
