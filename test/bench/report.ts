// The results of a section of the benchmark: rows with figures, and targets that are met or missed. Printed as Markdown.
import { ratioOf, type Series, seriesOf } from "./measure.ts";

/** One line of a table. `ratio` is to the section's base. */
export type Row = { name: string; unit: string; series: Series; ratio?: number };

/** A target of the benchmark. */
export type Target = { name: string; limit: string; actual: string; holds: boolean };

/** Figures that need their own columns; a cell may contain several numbers. */
export type Table = {
  heads: readonly string[];
  lines: readonly { name: string; cells: readonly (readonly number[] | string)[] }[];
};

/** One section. */
export type Section = { title: string; note: string; rows: Row[]; table?: Table; targets: Target[] };

/** Rows for values measured in alternation. */
export function rowsOf(values: Readonly<Record<string, number[]>>, unit: string, base?: string): Row[] {
  return Object.entries(values).map(([name, list]) => ({
    name,
    unit,
    series: seriesOf(list),
    ...(base !== undefined && { ratio: ratioOf(list, values[base]) }),
  }));
}

/** A target with an upper limit. */
export function atMost(name: string, actual: number, limit: number, unit = "x"): Target {
  return { name, limit: `<= ${limit} ${unit}`, actual: `${digits(actual)} ${unit}`, holds: actual <= limit };
}

/** A number with three digits or more. */
export function digits(value: number): string {
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString("en-US");
  return value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
}

/** A section as Markdown. */
export function markdownOf({ title, note, rows, table, targets }: Section): string {
  const rowLines = rows.map(({ name, unit, series: { median, low, high }, ratio }) => [
    name,
    `${digits(median)} ${unit}`,
    `${digits(low)} to ${digits(high)}`,
    ratio?.toFixed(2) ?? "",
  ]);
  const tableLines = table?.lines.map(({ name, cells }) => [name, ...cells.map(cellText)]) ?? [];
  return [
    `### ${title}\n\n${note}.\n`,
    ...(rows.length === 0 ? [] : [tableText([["", "median", "quartiles", "ratio"], ...rowLines])]),
    ...(table === undefined ? [] : [tableText([["", ...table.heads], ...tableLines])]),
    ...targets.map(
      ({ name, limit, actual, holds }) =>
        `- ${holds ? "holds" : "**missed**"}: ${name}, ${actual} (${limit})`,
    ),
    "",
  ].join("\n");
}

/** All sections in one table, a line for each subject, and the targets in another. */
export function summaryOf(sections: readonly Section[]): string {
  const lines = sections.flatMap(({ title, rows }) => {
    const names = [...new Set(rows.map(({ name }) => name))];
    return names.map((subject) => {
      const own = rows.filter(({ name }) => name === subject);
      const medians = own.map(({ series, unit }) => `${digits(series.median)} ${unit}`);
      return [title, subject, medians.join(", "), own[0]?.ratio?.toFixed(2) ?? ""];
    });
  });
  const targets = sections.flatMap((section) =>
    section.targets.map(({ name, limit, actual, holds }) => [
      `${section.title}: ${name}`,
      actual,
      limit,
      holds ? "holds" : "missed",
    ]),
  );
  const figures = tableText([["", "", "median", "ratio"], ...lines]);
  return `${figures}\n${tableText([["target", "actual", "limit", ""], ...targets])}`;
}

function tableText([heads = [], ...lines]: string[][]): string {
  const all = [heads, heads.map(() => "---"), ...lines];
  const widths = heads.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0)));
  const padded = all.map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)));
  return `${padded.map((line) => `| ${line.join(" | ")} |`).join("\n")}\n`;
}

function cellText(cell: readonly number[] | string): string {
  return typeof cell === "string" ? cell : cell.map(digits).join(" / ");
}
