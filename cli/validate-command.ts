// `config validate`: reports every error and warning in all files, as text or JSON.
import { relative } from "node:path";
import { jsonText, terminalText } from "../functions/core/safe-text.ts";
import {
  type ConfigSource,
  readConfigSource,
  type SourceFault,
  validateConfigSource,
  warnConfigSource,
} from "../infra/config-source.ts";
import type { Command, Terminal } from "./terminal.ts";

/** Exit code 0 without errors, even with warnings, otherwise 1. */
export const validateCommand: Command = async (dir, { json, prefix }, terminal) => {
  const source = readConfigSource(dir);
  const faults = validateConfigSource(source, prefix);
  const warnings = warnConfigSource(source);
  if (json) terminal.out(`${jsonText(report(source, faults, warnings), 2)}\n`);
  else printReport(source, faults, warnings, terminal);
  return faults.length === 0 ? 0 : 1;
};

function report(source: ConfigSource, faults: SourceFault[], warnings: SourceFault[]) {
  return {
    ok: faults.length === 0,
    files: filesOf(source).map(shown),
    faults: faults.map(flat),
    warnings: warnings.map(flat),
  };
}

function flat({ file, line, fault }: SourceFault) {
  return { file: shown(file), line, path: fault.path, message: fault.message };
}

function printReport(
  source: ConfigSource,
  faults: SourceFault[],
  warnings: SourceFault[],
  terminal: Terminal,
): void {
  const { out, style } = terminal;
  for (const file of filesOf(source)) {
    const faultsHere = faults.filter((fault) => fault.file === file);
    const warningsHere = warnings.filter((warning) => warning.file === file);
    out(
      `${faultsHere.length === 0 ? style("green", "ok   ") : style("red", "error")}  ${terminalText(shown(file))}\n`,
    );
    for (const fault of faultsHere) out(entry(fault, style("red", "error"), terminal));
    for (const warning of warningsHere) out(entry(warning, style("yellow", "warning"), terminal));
  }
  out(`\n${summary(filesOf(source).length, faults.length, warnings.length)}\n`);
}

function entry({ file, line, fault }: SourceFault, label: string, { style }: Terminal): string {
  const name = terminalText(shown(file));
  const place = line === undefined ? name : `${name}:${line}`;
  const path = fault.path === "" ? "" : `  ${style("bold", terminalText(fault.path))}`;
  return `\n  ${label}  ${style("cyan", place)}${path}\n    ${terminalText(fault.message)}\n`;
}

function summary(files: number, faults: number, warnings: number): string {
  const warned = warnings === 0 ? "" : `, ${count(warnings, "warning")}`;
  return `${count(files, "file")}: ${faults === 0 ? "no errors" : count(faults, "error")}${warned}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function filesOf(source: ConfigSource): string[] {
  const { faults = [], warnings = [] } = source.strays ?? {};
  const strays = [...faults, ...warnings].map(({ file }) => file);
  return [source.gateway.file, ...source.servers.map((server) => server.file), ...strays];
}

function shown(file: string): string {
  const path = relative("", file);
  return path.startsWith("..") ? file : path;
}
