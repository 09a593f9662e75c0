// Formats a plan for a terminal: the line diff of each parameter, then the lockouts.
import { terminalText } from "../functions/core/safe-text.ts";
import type { ChangePlan } from "./change-plan.ts";
import type { ConfigChange } from "./config-changes.ts";
import type { Lockout } from "./lockouts.ts";
import type { Terminal } from "./terminal.ts";

const LABELS = { create: "new      ", change: "changed  ", same: "same     ", only_deployed: "only SSM " };
const COLOURS = { create: "green", change: "yellow", same: "dim", only_deployed: "dim" } as const;

/** The changes of a plan, each with the lines that differ. */
export function changesText({ changes }: ChangePlan, prefix: string, terminal: Terminal): string {
  return changes.map((change) => changeText(change, prefix, terminal)).join("");
}

/** The lockouts; empty without lockouts. */
export function lockoutsText(found: readonly Lockout[], { style }: Terminal): string {
  if (found.length === 0) return "";
  const lines = found.map(
    ({ servers, reason }) => `  ${style("bold", servers.join(", "))}: ${terminalText(reason)}\n`,
  );
  return `\n${style("red", "This would lock out all callers:")}\n${lines.join("")}`;
}

function changeText(
  { name, kind, version, value, lines }: ConfigChange,
  prefix: string,
  terminal: Terminal,
): string {
  const { style } = terminal;
  const notes = [
    ...(version === undefined ? [] : [`version ${version}`]),
    ...(value?.tier === "Advanced" ? ["Advanced tier, which AWS charges for"] : []),
    ...(kind === "only_deployed" ? ["no local file; not deleted, and a server stays available"] : []),
  ];
  const head = `${style(COLOURS[kind], LABELS[kind])}${prefix}/${terminalText(name)}${notes.length === 0 ? "" : `  (${notes.join(", ")})`}\n`;
  const body = lines.map(({ sign, text }) => {
    if (sign === "gap") return style("dim", "           …\n");
    const line = `         ${sign} ${terminalText(text)}\n`;
    return sign === "+" ? style("green", line) : sign === "-" ? style("red", line) : line;
  });
  return head + body.join("");
}
