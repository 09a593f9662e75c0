// Filters for response bodies on their way to the client.

/** Changes a body as it arrives. Both functions return the bytes that are ready to be sent, and throw if the body must not be relayed. */
export type BodyFilter = {
  push(chunk: Buffer): Buffer[];
  /** returns the remaining bytes when the body has ended */
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
