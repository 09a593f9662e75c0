// The curves of growth as one picture, each in a field of its own with both axes from zero: a straight line is proportion.
import type { Curve } from "./curves.ts";
import { escaped } from "./plot.ts";
import { digits, type Section } from "./report.ts";

const COLUMNS = 3;
const FIELD = { width: 300, height: 200 };
const PLOT = { left: 50, top: 44, width: 220, height: 120 };
const COLOUR = { flat: "#2f8f4e", linear: "#2f6fd0", bends: "#c8372d" };

/** Draws every curve of the sections; undefined where there is none. */
export function drawCurves(sections: readonly Section[]): string | undefined {
  const fields = sections.flatMap(({ title, curves }) => (curves ?? []).map((curve) => ({ title, curve })));
  if (fields.length === 0) return undefined;
  const height = Math.ceil(fields.length / COLUMNS) * FIELD.height;
  const parts = fields.map(({ title, curve }, index) => {
    const at = `${(index % COLUMNS) * FIELD.width} ${Math.floor(index / COLUMNS) * FIELD.height}`;
    return `<g transform="translate(${at})">${field(title, curve)}</g>`;
  });
  const size = `width="${COLUMNS * FIELD.width}" height="${height}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="sans-serif" font-size="10"><rect width="100%" height="100%" fill="white"/>\n${parts.join("\n")}\n</svg>\n`;
}

function field(title: string, { name, unit, points, judgement }: Curve): string {
  const { left, top, width, height } = PLOT;
  const largestX = Math.max(...points.map(({ x }) => x));
  const largestY = Math.max(...points.map(({ series }) => series.high));
  const xOf = (x: number) => (left + (x / largestX) * width).toFixed(1);
  const yOf = (y: number) => (top + height - (y / largestY) * height).toFixed(1);
  const colour = COLOUR[judgement];
  const line = points.map(({ x, series }) => `${xOf(x)},${yOf(series.median)}`).join(" ");
  return [
    `<text x="10" y="16" font-weight="bold">${escaped(title)}</text>`,
    `<text x="10" y="30">${escaped(`${name}, ${unit}: ${judgement}`)}</text>`,
    `<path d="M${left} ${top}V${top + height}H${left + width}" fill="none" stroke="#9aa5b1"/>`,
    `<text x="${left - 4}" y="${top + 8}" text-anchor="end">${digits(largestY)}</text>`,
    `<text x="${left - 4}" y="${top + height}" text-anchor="end">0</text>`,
    `<polyline points="${line}" fill="none" stroke="${colour}"/>`,
    ...points.map(
      ({ x, series }) =>
        `<path d="M${xOf(x)} ${yOf(series.low)}V${yOf(series.high)}" stroke="${colour}"/><circle cx="${xOf(x)}" cy="${yOf(series.median)}" r="3" fill="${colour}"/>`,
    ),
    ...points
      .filter(({ x }) => x === largestX || x > largestX / 10)
      .map(
        ({ x }) =>
          `<text x="${xOf(x)}" y="${top + height + 12}" text-anchor="middle">${x.toLocaleString("en-US")}</text>`,
      ),
  ].join("");
}
