// Generations of what is rotated, signing keys and session secrets: short names that the operator counts up. The first
// of a list is the one in use; the others are only read. Each stands in a resource's name, so it never changes.

const GENERATION = /^[a-z0-9]{1,16}$/;

/**
 * Checks a list of generations.
 *
 * @param setting name of the setting, for the message
 * @throws Error when the list is empty, repeats a name or holds one that cannot stand in a resource's name
 */
export function checkGenerations(generations: readonly string[], setting: string): readonly string[] {
  const valid = generations.length > 0 && generations.every((generation) => GENERATION.test(generation));
  if (valid && new Set(generations).size === generations.length) return generations;
  throw new Error(
    `${setting} must be one or more different names of 1 to 16 lower-case letters and digits, separated by commas, ` +
      `the one in use first, but is ${JSON.stringify(generations.join(","))}. For example: -c ${setting}=2,1`,
  );
}
