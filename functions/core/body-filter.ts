// What a response body passes on its way to the client, piece by piece.

/** Changes a body. Each call gives what can be sent on by then; both throw where the body can't be read. */
export type BodyFilter = {
  push(chunk: Buffer): Buffer[];
  /** what is left when the body has ended */
  rest(): Buffer[];
};

/**
 * Passes a body through several filters, one after the other.
 *
 * @returns undefined without filters
 */
export function chainFilters(...filters: readonly (BodyFilter | undefined)[]): BodyFilter | undefined {
  const present = filters.filter((filter) => filter !== undefined);
  if (present.length < 2) return present[0];
  return present.reduce((first, second) => ({
    push: (chunk) => first.push(chunk).flatMap((part) => second.push(part)),
    rest: () => [...first.rest().flatMap((part) => second.push(part)), ...second.rest()],
  }));
}
