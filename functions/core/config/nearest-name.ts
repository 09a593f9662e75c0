// Finds the name that somebody meant: edit distance with swapped neighbours (optimal string alignment), case ignored.

/** No known name is nearly as long; the bound keeps the work on hostile input small. */
const LONGEST_NAME = 64;

/** The known name nearest to `name`, or undefined when none is near enough to be meant. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  if (name.length > LONGEST_NAME) return undefined;
  const meant = plain(name);
  let best: string | undefined;
  // At a distance of its whole length a name has nothing in common any more.
  let bestDistance = Math.min(Math.max(2, Math.floor(name.length / 3)) + 1, Math.max(2, meant.length));
  for (const candidate of known) {
    const distance = editDistance(meant, plain(candidate));
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  if (bestDistance <= 1) return best;
  // Half of a name says more than another name with several letters changed: `header` is no `bearer`.
  const whole = known.filter((candidate) => meant.length > 2 && plain(candidate).includes(meant));
  return whole.length === 0 ? best : whole.length === 1 ? whole[0] : undefined;
}

/** Case and separators are what people mix up most: `jwks_uri` for `jwksUri`. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, "");
}

function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const cost = a[row - 1] === b[column - 1] ? 0 : 1;
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current[column] = Math.min(
        at(previous, column) + 1,
        at(current, column - 1) + 1,
        at(previous, column - 1) + cost,
        swapped ? at(beforePrevious, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [beforePrevious, previous] = [previous, current];
  }
  return at(previous, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] as number;
}
