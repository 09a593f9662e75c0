// Writes the results of the fault matrix into docs/reliability.md, between two marks; the text around them is written by hand.
import { readFileSync, writeFileSync } from "node:fs";
import type { Cell } from "./matrix.ts";

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

/** Writes the table, in a fixed order; times are rounded up so that a run on the same machine changes little. */
export function writeReport(section: string, rows: readonly Row[]): void {
  const sorted = [...rows].sort((a, b) => key(a).localeCompare(key(b)));
  const lines = sorted.map(({ part, phase, fault, status, reason, ms, bound }) => {
    const response = [status, reason ?? ""].join(" ").replace(/\s+/g, " ").replace(LOOPBACK, "$1").trim();
    return `| ${part} | ${phase} | ${fault} | ${response} | ${(Math.ceil(ms / 100) / 10).toFixed(1)} | ${(bound / 1_000).toFixed(1)} |`;
  });
  const head = ["| part | phase | fault | response | seconds | bound |", "|---|---|---|---|---|---|"];
  replaceSection(section, [...head, ...lines].join("\n"));
}

/** The port differs in every run. */
const LOOPBACK = /(127\.0\.0\.1):\d+/g;

const key = ({ part, phase, fault }: Cell) => `${part} ${phase} ${fault}`;
