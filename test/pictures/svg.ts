// Small pieces of SVG that the pictures share: a document, escaped text, a plot of lines over two titled axes.

/** One line of a plot; points as [x, y]. */
export type Line = { readonly label: string; readonly points: readonly (readonly [number, number])[] };

/** A plot and where it is in its picture. */
export type Plot = {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly xMax: number;
  readonly lines: readonly Line[];
};

const COLOURS = ["#2f6fd0", "#c0392b", "#2e8b57", "#8a5cc2", "#b8860b", "#007c89", "#6b7280"];
const LEGEND_ROW = 14;

/** A whole picture. */
export function svg(title: string, width: number, height: number, parts: readonly string[]): string {
  const style = 'font-family="sans-serif" font-size="12"';
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ${style}>\n<title>${escaped(title)}</title>\n<rect width="100%" height="100%" fill="white"/>\n${parts.join("\n")}\n</svg>\n`;
}

/** Text as it stands in SVG and HTML. */
export function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** The colour of the nth of several things. */
export function colour(index: number): string {
  return COLOURS[index % COLOURS.length] as string;
}

/** The smallest of 1, 2, 5, 10, 20, … that is not below a value. */
export function niceMax(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value * 0.999) ?? value;
}

/** A plot in a box: title, axes with titles and a few ticks, one polyline for each line, and a legend below the title. */
export function plot({ left, top, width, height, title, xTitle, yTitle, xMax, lines }: Plot): string {
  const legendRows = Math.ceil(lines.length / 2);
  const inner = {
    left: left + 52,
    top: top + 30 + legendRows * LEGEND_ROW,
    right: left + width - 14,
    bottom: top + height - 36,
  };
  const yMax = niceMax(Math.max(0, ...lines.flatMap(({ points }) => points.map(([, y]) => y))));
  const x = (value: number) => fixed(inner.left + (value / xMax) * (inner.right - inner.left));
  const y = (value: number) => fixed(inner.bottom - (value / yMax) * (inner.bottom - inner.top));
  const middle = (inner.top + inner.bottom) / 2;
  const ticks = [0, 0.5, 1].map(
    (share) =>
      `<line x1="${inner.left}" x2="${inner.right}" y1="${y(yMax * share)}" y2="${y(yMax * share)}" stroke="#e4e8ec"/><text x="${inner.left - 5}" y="${Number(y(yMax * share)) + 4}" text-anchor="end" font-size="10">${Number((yMax * share).toPrecision(3))}</text>`,
  );
  const xTicks = [0, 0.5, 1].map(
    (share) =>
      `<text x="${x(xMax * share)}" y="${inner.bottom + 13}" text-anchor="middle" font-size="10">${Number((xMax * share).toPrecision(3))}</text>`,
  );
  const legend = lines.map(({ label }, index) => {
    const at = {
      x: left + 12 + (index % 2) * (width / 2 - 10),
      y: top + 34 + Math.floor(index / 2) * LEGEND_ROW,
    };
    return `<rect x="${at.x}" y="${at.y - 8}" width="8" height="8" fill="${colour(index)}"/><text x="${at.x + 12}" y="${at.y}" font-size="10">${escaped(label)}</text>`;
  });
  const curves = lines.map(({ points }, index) => {
    const path = points.map(([at, value]) => `${x(at)},${y(value)}`).join(" ");
    return `<polyline fill="none" stroke="${colour(index)}" stroke-width="1.5" points="${path}"/>`;
  });
  return [
    `<rect x="${left}" y="${top}" width="${width}" height="${height}" rx="4" fill="white" stroke="#9aa5b1"/>`,
    `<text x="${left + 10}" y="${top + 18}" font-weight="bold">${escaped(title)}</text>`,
    ...legend,
    ...ticks,
    ...xTicks,
    ...curves,
    `<text x="${(inner.left + inner.right) / 2}" y="${inner.bottom + 28}" text-anchor="middle" font-size="10">${escaped(xTitle)}</text>`,
    `<text transform="translate(${left + 13} ${middle}) rotate(-90)" text-anchor="middle" font-size="10">${escaped(yTitle)}</text>`,
  ].join("\n");
}

function fixed(value: number): string {
  return value.toFixed(1);
}
