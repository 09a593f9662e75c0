// The line of `npm start` when requests wait because every process of a function is busy.
import { shortName } from "./function-logs.ts";
import type { Paint } from "./terminal.ts";

/** One line; Lambda would start more environments, up to the account's or the function's concurrency. */
export function poolFullText(functionName: string, processes: number, paint: Paint): string {
  const busy = `all ${processes} processes of the function ${shortName(functionName)} are busy`;
  return `${paint.bad("waiting:")} ${busy}; requests wait until one is free. Each open stream keeps one busy.`;
}
