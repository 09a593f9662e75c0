// Generations of signing keys and session secrets, which are rotated. The first of a list is in use; the others are only read. The name
// of a generation is part of a resource's logical id and name, so it never changes.

const GENERATION = /^[a-z0-9]{1,16}$/;

/**
 * The states of a rotation in a deployed stack, as the value of its parameter: one of the two generations, or both with the one in use
 * first.
 */
export const GENERATION_STATES = ["1", "1,2", "2,1", "2"] as const;

/** One of the states. */
export type GenerationState = (typeof GENERATION_STATES)[number];

/** The list of a state: `2,1` is 2 and then 1. */
export function generationsOf(state: GenerationState | undefined): string[] | undefined {
  return state?.split(",");
}

/**
 * The state of a list.
 *
 * @param setting name of the setting, for the message
 * @throws Error for a list that is not one of the states
 */
export function generationState(generations: readonly string[], setting: string): GenerationState {
  const state = GENERATION_STATES.find((each) => each === generations.join(","));
  if (state !== undefined) return state;
  throw new Error(
    `${setting} must be one of ${GENERATION_STATES.join(" | ")} while the deployed stack stores its generations, ` +
      `but is ${JSON.stringify(generations.join(","))}. Other names need generationsKept: "code".`,
  );
}

/**
 * Checks a list of generations with names of any kind.
 *
 * @param setting name of the setting, for the message
 * @throws Error if the list is empty, repeats a name, or contains a name that cannot be part of a resource's name
 */
export function checkGenerations(generations: readonly string[], setting: string): readonly string[] {
  const valid = generations.length > 0 && generations.every((generation) => GENERATION.test(generation));
  if (valid && new Set(generations).size === generations.length) return generations;
  throw new Error(
    `${setting} must be one or more different names of 1 to 16 lower-case letters and digits, ` +
      `the one in use first, but is ${JSON.stringify(generations.join(","))}. For example: ["2", "1"]`,
  );
}
