// Globs over names and URIs: `*` stands for any run of characters, everything else for itself. No regular expression
// is built from them, so no pattern can take more than (glob length × name length) steps.

/** True for a name that the glob covers as a whole. */
export function compileGlob(glob: string): (name: string) => boolean {
  const parts = glob.split("*");
  const first = parts[0] as string;
  if (parts.length === 1) return (name) => name === first;
  const last = parts.at(-1) as string;
  const middle = parts.slice(1, -1);
  return (name) => {
    if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last))
      return false;
    const end = name.length - last.length;
    let from = first.length;
    for (const part of middle) {
      const found = name.indexOf(part, from);
      if (found < 0 || found + part.length > end) return false;
      from = found + part.length;
    }
    return true;
  };
}
