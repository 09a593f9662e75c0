// Reads the validation report of a synthesis. Errors fail the synthesis by themselves; this lets the command line fail on warnings too,
// which are easy to overlook.
import { readFileSync } from "node:fs";
import { join } from "node:path";

type Report = {
  pluginReports: { violations: { ruleName: string; description: string; severity?: string }[] }[];
};

/** The findings that are not errors, one line each. @param directory of the cloud assembly */
export function reportedWarnings(directory: string): string[] {
  const { pluginReports } = JSON.parse(
    readFileSync(join(directory, "validation-report.json"), "utf8"),
  ) as Report;
  return pluginReports
    .flatMap(({ violations }) => violations)
    .filter(({ severity }) => severity !== "error" && severity !== "fatal")
    .map(({ ruleName, description }) => `${ruleName}: ${description}`);
}
