// The figures as one picture: a bar for each row, the gateway's own in another colour, as SVG without any library.
import { digits, type Row, type Section } from "./report.ts";

const WIDTH = 900;
const LABEL_WIDTH = 300;
const BAR_WIDTH = 440;
const ROW_HEIGHT = 20;

/** Draws all sections, one below the other. */
export function drawPlot(sections: readonly Section[]): string {
  let y = 10;
  const parts: string[] = [];
  for (const { title, rows } of sections) {
    for (const unit of new Set(rows.map((row) => row.unit))) {
      parts.push(`<text x="10" y="${y + 16}" font-weight="bold">${escaped(`${title}, ${unit}`)}</text>`);
      y += 26;
      const group = rows.filter((row) => row.unit === unit);
      const longest = Math.max(...group.map(({ series }) => series.median));
      for (const row of group) {
        parts.push(bar(row, y, longest));
        y += ROW_HEIGHT;
      }
      y += 14;
    }
  }
  const style = `font-family="sans-serif" font-size="12"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y}" ${style}><rect width="100%" height="100%" fill="white"/>\n${parts.join("\n")}\n</svg>\n`;
}

function bar({ name, unit, series }: Row, y: number, longest: number): string {
  const width = Math.max(1, (series.median / longest) * BAR_WIDTH);
  const own = name.startsWith("gateway") || ["authorizer", "proxy", "metadata"].includes(name);
  const fill = own ? "#2f6fd0" : "#9aa5b1";
  return [
    `<text x="${LABEL_WIDTH - 8}" y="${y + 13}" text-anchor="end">${escaped(name)}</text>`,
    `<rect x="${LABEL_WIDTH}" y="${y + 2}" width="${width.toFixed(1)}" height="${ROW_HEIGHT - 6}" fill="${fill}"/>`,
    `<text x="${LABEL_WIDTH + width + 6}" y="${y + 13}">${digits(series.median)} ${escaped(unit)}</text>`,
  ].join("");
}

/** Text for an element of a picture. */
export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
