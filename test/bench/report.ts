// What a section of the benchmark found: rows with figures, and targets that hold or do not.
import type { Curve } from "./curves.ts";
import { ratioOf, type Series, seriesOf } from "./measure.ts";

/** One line of a table. `baseRatio` is the figure over that of the section's base. */
export type Row = { name: string; unit: string; series: Series; baseRatio?: number };

/** Something that must hold. */
export type Target = { name: string; limit: string; got: string; holds: boolean };

/** Figures that need columns of their own: a cell is one figure or several of a kind, or a word. */
export type Table = {
  heads: readonly string[];
  lines: readonly { name: string; cells: readonly (readonly number[] | string)[] }[];
};

/** One section. */
export type Section = {
  title: string;
  note: string;
  rows: Row[];
  table?: Table;
  /** for the picture; the table has them in words */
  curves?: Curve[];
  targets: Target[];
  skipped: string[];
};

/** Rows of values that were taken in turns. */
export function rowsOf(values: Readonly<Record<string, number[]>>, unit: string, base?: string): Row[] {
  return Object.entries(values).map(([name, list]) => ({
    name,
    unit,
    series: seriesOf(list),
    ...(base !== undefined && { baseRatio: ratioOf(list, values[base] ?? []) }),
  }));
}

/** A target with an upper end. */
export function atMost(name: string, got: number, limit: number, unit: string): Target {
  return {
    name,
    limit: `<= ${limit} ${unit}`.trim(),
    got: `${digits(got)} ${unit}`.trim(),
    holds: got <= limit,
  };
}

/** A target with a lower end. */
export function atLeast(name: string, got: number, limit: number, unit: string): Target {
  return {
    name,
    limit: `>= ${limit} ${unit}`.trim(),
    got: `${digits(got)} ${unit}`.trim(),
    holds: got >= limit,
  };
}

/** A number with as many digits as it deserves. */
export function digits(value: number): string {
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString("en-US");
  return value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
}

/** A section as text for a terminal. */
export function sectionText({ title, note, rows, table, targets, skipped }: Section): string {
  const width = Math.max(...rows.map(({ name }) => name.length), 10);
  const lines = rows.map(({ name, unit, series, baseRatio }) => {
    const spread = `${digits(series.low)} to ${digits(series.high)}`;
    const ratio = baseRatio === undefined ? "" : `  ${baseRatio.toFixed(2)}x`;
    return `  ${name.padEnd(width)}  ${digits(series.median).padStart(9)} ${unit.padEnd(14)} ${spread.padEnd(20)}${ratio}`;
  });
  const held = targets.map(
    ({ name, limit, got, holds }) => `  ${holds ? "holds " : "MISSED"}  ${name}: ${got} (${limit})`,
  );
  return [
    `\n${title}`,
    `  ${note}`,
    "",
    ...(lines.length === 0 ? [] : [...lines, ""]),
    ...(table === undefined ? [] : [tableText(table), ""]),
    ...held,
    ...skipped.map((text) => `  skipped: ${text}`),
  ].join("\n");
}

function tableText({ heads, lines }: Table): string {
  const all = [["", ...heads], ...lines.map(({ name, cells }) => [name, ...cells.map(cellText)])];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0))) ?? [];
  return all
    .map((line) => `  ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd())
    .join("\n");
}

function cellText(cell: readonly number[] | string): string {
  return typeof cell === "string" ? cell : cell.map(digits).join(" / ");
}

/** Sections as Markdown tables. */
export function markdownOf(sections: readonly Section[]): string {
  return sections
    .flatMap(({ title, note, rows, table, targets, skipped }) => [
      `### ${title}`,
      `${note}.`,
      "",
      ...(rows.length === 0 ? [] : ["| | median | quartiles | ratio |", "|---|---|---|---|"]),
      ...rows.map(({ name, unit, series, baseRatio }) => {
        const quartiles = `${digits(series.low)} to ${digits(series.high)}`;
        return `| ${name} | ${digits(series.median)} ${unit} | ${quartiles} | ${baseRatio?.toFixed(2) ?? ""} |`;
      }),
      "",
      ...(table === undefined ? [] : [...markdownTable(table), ""]),
      ...targets.map(
        ({ name, limit, got, holds }) => `- ${holds ? "holds" : "**missed**"}: ${name}, ${got} (${limit})`,
      ),
      ...skipped.map((text) => `- skipped: ${text}`),
      "",
    ])
    .join("\n");
}

function markdownTable({ heads, lines }: Table): string[] {
  return [
    `| | ${heads.join(" | ")} |`,
    `|---|${"---|".repeat(heads.length)}`,
    ...lines.map(({ name, cells }) => `| ${[name, ...cells.map(cellText)].join(" | ")} |`),
  ];
}
