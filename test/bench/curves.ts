// Growth curves: the points of a figure, and whether it stays flat, grows linearly or bends upward.
import { type Series, seriesOf } from "./measure.ts";
import { atMost, type Section } from "./report.ts";

/** How a figure grows. `linear`: in proportion or less; `bends`: the last step costs more than those before it. */
type Judgement = "flat" | "linear" | "bends";

/** One curve. */
type Curve = {
  name: string;
  unit: string;
  points: { x: number; series: Series }[];
  /** the figure at the largest x divided by that at the smallest x */
  growth: number;
  /** the same for the figure divided by x: 1 is proportional, less means a fixed part or slower growth */
  perUnit: number;
  judgement: Judgement;
};

/** Values by curve and x, one per round. */
export type CurveValues = Record<string, Record<number, number[]>>;

/** The measurement at one x: one figure for each curve. */
export type Probe = { x: number; run: () => Promise<Record<string, number>> };

type At = { x: number; y: number };

const FLAT_UP_TO = 1.25;
const BENDS_FROM = 1.3;

/**
 * Runs every probe once per round; each round starts with a different one.
 *
 * @param warmUpRounds rounds before the measured ones
 */
export async function measureCurves(
  probes: readonly Probe[],
  rounds: number,
  warmUpRounds = 1,
): Promise<CurveValues> {
  const values: CurveValues = {};
  for (let round = 0; round < rounds + warmUpRounds; round += 1) {
    for (const index of probes.keys()) {
      const { x, run } = probes[(index + round) % probes.length] as Probe;
      const figures = await run();
      if (round < warmUpRounds) continue;
      for (const [curve, value] of Object.entries(figures)) {
        values[curve] ??= {};
        values[curve][x] = [...(values[curve][x] ?? []), value];
      }
    }
  }
  return values;
}

/** Classifies a curve by its points, in the order of x. */
function judge(points: readonly At[]): Judgement {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) throw new Error("a curve without points");
  if (last.y <= first.y * FLAT_UP_TO) return "flat";
  const before = points.at(-2);
  if (before === undefined || before === first)
    return last.y / last.x > first.y / first.x ? "bends" : "linear";
  const slope = Math.max(0, (before.y - first.y) / (before.x - first.x));
  const expected = before.y + slope * (last.x - before.x);
  return last.y > expected * BENDS_FROM ? "bends" : "linear";
}

// Noise only adds to figures, and unevenly: a bend must be visible in all quartiles.
function judgeAll(lows: readonly At[], ...others: readonly (readonly At[])[]): Judgement {
  const judgement = judge(lows);
  const isBend = judgement === "bends" && others.every((points) => judge(points) === "bends");
  return judgement === "bends" && !isBend ? "linear" : judgement;
}

/**
 * One section of curves with the same x.
 *
 * @param of description of x
 * @param values by curve; a curve's name ends with its unit after a comma
 */
export function growthSection(of: string, note: string, values: CurveValues): Section {
  const curves = Object.entries(values).map(([title, byX]) => curveOf(title, byX));
  const xs = curves[0]?.points.map(({ x }) => x.toLocaleString("en-US")) ?? [];
  const line = ({ name, unit, points, growth, perUnit, judgement }: Curve) => ({
    name: `${name}, ${unit}`,
    cells: [...points.map(({ series }) => [series.median]), [growth], perUnit.toPrecision(2), judgement],
  });
  return {
    title: `Growth with ${of}`,
    note: `${note}; medians at each number, the last over the first, and the same per unit (1 is proportional)`,
    rows: [],
    table: { heads: [...xs, "last / first", "per unit", "judgement"], lines: curves.map(line) },
    targets: [
      atMost(
        "curves that bend upward",
        curves.filter(({ judgement }) => judgement === "bends").length,
        0,
        "curves",
      ),
    ],
  };
}

function curveOf(title: string, byX: Readonly<Record<number, number[]>>): Curve {
  const comma = title.lastIndexOf(", ");
  const points = Object.keys(byX)
    .map(Number)
    .sort((a, b) => a - b)
    .map((x) => ({ x, series: seriesOf(byX[x] ?? []) }));
  const at = (quartile: "low" | "median" | "high") =>
    points.map(({ x, series }) => ({ x, y: series[quartile] }));
  const lows = at("low");
  const [first, last] = [lows[0], lows.at(-1)];
  const growth = (last?.y ?? Number.NaN) / (first?.y ?? Number.NaN);
  return {
    name: title.slice(0, comma),
    unit: title.slice(comma + 2),
    points,
    growth,
    perUnit: (growth * (first?.x ?? Number.NaN)) / (last?.x ?? Number.NaN),
    judgement: judgeAll(lows, at("median"), at("high")),
  };
}
