// What the gateway adds to an operation: p50 and p95 in milliseconds of each operation, through nothing but a pipe, through the gateway, and
// through what else could be used in its place.
import { colour, escaped, niceMax, svg } from "./svg.ts";

/** Figures of the benchmark's MCP workload. Written by `npm run pictures -- --measure` into docs/images/added-latency.json. */
export type LatencyData = {
  readonly machine: string;
  readonly date: string;
  readonly title: string;
  readonly operations: readonly string[];
  readonly subjects: readonly {
    readonly name: string;
    /** p50 and p95 by operation */
    readonly ms: readonly (readonly [number, number])[];
  }[];
};

const AREA = { left: 70, top: 80, width: 760, height: 280 };

/** Draws a group of bars for each operation: the bar is the p50, the thin line above it reaches to the p95. */
export function latencyPicture({ machine, date, title, operations, subjects }: LatencyData): string {
  const yMax = niceMax(Math.max(...subjects.flatMap(({ ms }) => ms.map(([, p95]) => p95))));
  const bottom = AREA.top + AREA.height;
  const y = (ms: number) => (bottom - (ms / yMax) * AREA.height).toFixed(1);
  const group = AREA.width / operations.length;
  const bar = (group * 0.8) / subjects.length;
  const bars = operations.flatMap((_, operation) =>
    subjects.map(({ ms }, subject) => {
      const [p50, p95] = ms[operation] as readonly [number, number];
      const left = AREA.left + operation * group + group * 0.1 + subject * bar;
      const middle = (left + bar / 2).toFixed(1);
      return `<rect x="${left.toFixed(1)}" y="${y(p50)}" width="${(bar - 2).toFixed(1)}" height="${(bottom - Number(y(p50))).toFixed(1)}" fill="${colour(subject)}"/><line x1="${middle}" x2="${middle}" y1="${y(p95)}" y2="${y(p50)}" stroke="${colour(subject)}"/>`;
    }),
  );
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const at = y(yMax * share);
    return `<line x1="${AREA.left}" x2="${AREA.left + AREA.width}" y1="${at}" y2="${at}" stroke="#e4e8ec"/><text x="${AREA.left - 8}" y="${Number(at) + 4}" text-anchor="end">${Number((yMax * share).toPrecision(3))}</text>`;
  });
  const names = operations.map(
    (name, operation) =>
      `<text x="${(AREA.left + (operation + 0.5) * group).toFixed(1)}" y="${bottom + 18}" text-anchor="middle">${escaped(name)}</text>`,
  );
  const legend = subjects.map(({ name }, subject) => {
    const at = { x: AREA.left + (subject % 2) * 300, y: 36 + Math.floor(subject / 2) * 16 };
    return `<rect x="${at.x}" y="${at.y}" width="10" height="10" fill="${colour(subject)}"/><text x="${at.x + 14}" y="${at.y + 9}">${escaped(name)}</text>`;
  });
  return svg(`Latency of operations, ${title}`, AREA.left + AREA.width + 20, bottom + 70, [
    `<text x="${AREA.left}" y="22" font-weight="bold">${escaped(title)}: bars are p50, lines reach to p95</text>`,
    ...legend,
    ...ticks,
    ...bars,
    ...names,
    `<text x="${AREA.left + AREA.width / 2}" y="${bottom + 40}" text-anchor="middle">operation</text>`,
    `<text transform="translate(20 ${AREA.top + AREA.height / 2}) rotate(-90)" text-anchor="middle">milliseconds to the end of the response</text>`,
    `<text x="${AREA.left}" y="${bottom + 60}" font-size="10" fill="#6b7280">${escaped(`${machine}, ${date}`)}</text>`,
  ]);
}
