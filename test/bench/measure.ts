// Figures from repeated runs: medians with their spread, of subjects that take turns so that noise affects all alike.

/** Values of one subject over the rounds. */
export type Series = { median: number; low: number; high: number };

/** A median with the quartiles around it. */
export function seriesOf(values: readonly number[]): Series {
  const [low, median, high] = quantilesOf(values, [0.25, 0.5, 0.75]) as [number, number, number];
  return { median, low, high };
}

/** The median. */
export function medianOf(values: readonly number[]): number {
  return seriesOf(values).median;
}

/** The values below which the given shares of all values lie. */
export function quantilesOf(values: readonly number[], shares: readonly number[]): number[] {
  const sorted = values.toSorted((a, b) => a - b);
  return shares.map(
    (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN,
  );
}

/** The median of the ratios of two subjects in the same round: noise that lasts longer than a round cancels out. */
export function ratioOf(values: readonly number[] = [], base: readonly number[] = []): number {
  return medianOf(values.map((value, round) => value / (base[round] ?? Number.NaN)));
}

/**
 * Runs every subject once a round, each round beginning with another one.
 *
 * @param subjects what is measured, by name
 * @returns each subject's values, by round
 */
export async function inTurns(
  subjects: Readonly<Record<string, () => Promise<number>>>,
  rounds: number,
): Promise<Record<string, number[]>> {
  const names = Object.keys(subjects);
  const values: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const index of names.keys()) {
      const name = names[(index + round) % names.length] as string;
      values[name]?.push(await (subjects[name] as () => Promise<number>)());
    }
  }
  return values;
}

/** Microseconds of this process's CPU time for one call, on average over so many in a row. */
export async function cpuOfEach(times: number, call: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  for (let index = 0; index < times; index += 1) await call();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / times;
}
