// Figures from repeated runs: medians with their spread, and subjects taken in turns so that noise falls on all alike.

/** Values of one subject over the rounds. */
export type Series = { median: number; low: number; high: number; rounds: number };

/** A median with the quartiles around it. */
export function seriesOf(values: readonly number[]): Series {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { median: at(0.5), low: at(0.25), high: at(0.75), rounds: sorted.length };
}

/** p50, p95 and p99. */
export function percentilesOf(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  return [0.5, 0.95, 0.99].map(
    (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN,
  );
}

/** The median of what two subjects came to in the same round, divided: noise that lasts longer than a round drops out. */
export function ratioOf(values: readonly number[], base: readonly number[]): number {
  return seriesOf(values.map((value, round) => value / (base[round] ?? Number.NaN))).median;
}

/**
 * Runs every subject once a round, each round beginning with another one.
 *
 * @param subjects what is measured, by name
 * @param rounds how often
 * @returns each subject's values, by round
 */
export async function inTurns(
  subjects: Readonly<Record<string, () => Promise<number>>>,
  rounds: number,
): Promise<Record<string, number[]>> {
  const names = Object.keys(subjects);
  const values: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [index] of names.entries()) {
      const name = names[(index + round) % names.length] as string;
      values[name]?.push(await (subjects[name] as () => Promise<number>)());
    }
  }
  return values;
}

/** Microseconds of one call, on average over so many in a row. */
export async function each(times: number, call: () => unknown): Promise<number> {
  const startedAt = performance.now();
  for (let index = 0; index < times; index += 1) await call();
  return ((performance.now() - startedAt) * 1_000) / times;
}

/** The same in CPU time of this process, which others on the machine do not add to. */
export async function cpuOfEach(times: number, call: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  for (let index = 0; index < times; index += 1) await call();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / times;
}
