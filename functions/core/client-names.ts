// Names under which clients know a server's tools and prompts. The translation is one-to-one for all names: two names that differ stay
// different, so that comparing a translated header with a translated body means the same as comparing the originals.

/** Translation between client names and a server's names. Names that are in neither map stay as they are. */
export type ClientNames = {
  toReal: ReadonlyMap<string, string>;
  toClient: ReadonlyMap<string, string>;
  /** the server's names that are hidden because a renamed entry has this name for clients */
  shadowed: ReadonlySet<string>;
};

/**
 * Compiles a list of renamed entries.
 *
 * The name of a renamed entry is unknown to clients: it is translated to a shadowed name, with which it changes places.
 *
 * @param rename client names by the server's names; no two are equal
 */
export function compileClientNames(rename: Readonly<Record<string, string>>): ClientNames {
  const toClient = new Map(Object.entries(rename));
  const toReal = new Map([...toClient].map(([real, client]) => [client, real]));
  const shadowed = new Set([...toReal.keys()].filter((client) => !toClient.has(client)));
  for (const last of shadowed) {
    let first = last;
    for (let real = toReal.get(first); real !== undefined; real = toReal.get(first)) first = real;
    toReal.set(first, last);
    toClient.set(last, first);
  }
  return { toReal, toClient, shadowed };
}
