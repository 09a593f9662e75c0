// Terminal text for a configuration change while the gateway runs.
import { terminalText } from "../functions/core/safe-text.ts";
import type { ConfigEvent } from "./config-watcher.ts";
import type { Paint } from "./terminal.ts";

/** One line per parameter, or one per problem. */
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
