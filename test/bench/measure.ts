// Figures from repeated runs: medians and quartiles. The subjects alternate, so that noise affects all of them equally.

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

/** The quantiles of the values at the given shares. */
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
 * Runs every subject once per round; each round starts with a different one.
 *
 * @param subjects the measured subjects, by name
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

/** Average CPU time of this process for one call, in microseconds, over a number of calls in a row. */
export async function cpuOfEach(times: number, call: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  for (let index = 0; index < times; index += 1) await call();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / times;
}
