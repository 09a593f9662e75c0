// Reads the report that a synthesis leaves behind. Errors fail the synthesis by themselves; a warning would scroll past,
// so the command line makes it fail as well.
import { readFileSync } from "node:fs";
import { join } from "node:path";

type Report = {
  pluginReports: { violations: { ruleName: string; description: string; severity?: string }[] }[];
};

/** The findings below the level of an error, one line each. @param directory of the cloud assembly */
export function reportedWarnings(directory: string): string[] {
  const { pluginReports } = JSON.parse(
    readFileSync(join(directory, "validation-report.json"), "utf8"),
  ) as Report;
  return pluginReports
    .flatMap(({ violations }) => violations)
    .filter(({ severity }) => severity !== "error" && severity !== "fatal")
    .map(({ ruleName, description }) => `${ruleName}: ${description}`);
}
