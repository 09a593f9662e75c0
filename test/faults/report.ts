// Writes the results of the fault matrix into docs/reliability.md, between two marks; the text around them is written by hand.
import { readFileSync, writeFileSync } from "node:fs";
import { BREAKS, type Cell } from "./matrix.ts";

/** A cell with what came of it. */
export type Row = Cell & { status: number | "broken off"; reason: string | undefined; ms: number };

const FILE = new URL("../../docs/reliability.md", import.meta.url);

/** Replaces what stands between `<!-- name -->` and `<!-- /name -->`. */
export function replaceSection(name: string, content: string): void {
  const text = readFileSync(FILE, "utf8");
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from === -1 || to === -1) throw new Error(`docs/reliability.md has no section ${name}`);
  writeFileSync(FILE, `${text.slice(0, from + start.length)}\n${content}\n${text.slice(to)}`);
}

/** Writes the table, in a fixed order: one line for all faults of a part with the same response. Times are rounded up to 0.1 s. */
export function writeReport(section: string, rows: readonly Row[]): void {
  const sorted = [...rows].sort((a, b) => order(a).localeCompare(order(b)));
  const lines = [...Map.groupBy(sorted, groupOf)].map(([key, group]) => {
    const [part, phase, response, bound] = key.split(SEPARATOR);
    const seconds = group.map(({ ms }) => Math.ceil(ms / 100) / 10);
    const range = [...new Set([Math.min(...seconds), Math.max(...seconds)])].map((each) => each.toFixed(1));
    const names = group.map(({ fault }) => fault);
    const faults = BREAKS.every((fault) => names.includes(fault))
      ? "each"
      : names.join(", ").replace("refused", "connection refused");
    return `| ${part} | ${phase} | ${faults} | ${response} | ${range.join(" to ")} | ${bound} |`;
  });
  const head = ["| part | phase | fault | response | seconds | bound |", "|---|---|---|---|---|---|"];
  replaceSection(section, [...head, ...lines].join("\n"));
}

const SEPARATOR = " | ";
const groupOf = ({ part, phase, status, reason = "", bound }: Row) => {
  const response = `${status} ${REASON_CODE.exec(reason)?.[0] ?? ""}`.trimEnd();
  return [part, phase, response, (bound / 1_000).toFixed(1)].join(SEPARATOR);
};

/** The authorizer's reason is a sentence with the code in it. */
const REASON_CODE = /\b[a-z]+(_[a-z]+)+\b/;

const order = ({ part, phase, fault }: Cell) => `${part} ${phase} ${fault}`;
