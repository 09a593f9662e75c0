// Terminal text for what happens while the gateway runs, besides requests: a configuration change, and requests that wait.
import { terminalText } from "../functions/core/safe-text.ts";
import type { ConfigEvent } from "./config-watcher.ts";
import { shortName } from "./function-logs.ts";
import type { Paint } from "./terminal.ts";

/** The text of a configuration change: one line per parameter, or one per problem. */
export function configText(event: ConfigEvent, paint: Paint): string {
  if (event.kind === "rejected") {
    const problems = event.problems.map((problem) => `  ${terminalText(problem)}`);
    return [paint.bad("Not applied, the last valid configuration stays in effect:"), ...problems].join("\n");
  }
  return event.changes
    .map(({ name, version }) => (version === undefined ? `${name}: removed` : `${name}: version ${version}`))
    .map((line) => paint.good(terminalText(line)))
    .join("\n");
}

/**
 * The line if requests wait because every process of a function is busy. Lambda would start more environments, up to the account's or the
 * function's concurrency.
 */
export function poolFullText(functionName: string, processes: number, paint: Paint): string {
  const busy = `all ${processes} processes of the function ${shortName(functionName)} are busy`;
  return `${paint.bad("waiting:")} ${busy}; requests wait until one is free. Each open stream keeps one busy.`;
}
