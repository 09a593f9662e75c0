// Files of deployment settings and configurations for one test, and the faults that reading them reports.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A directory with these files, and an empty `servers` unless they fill it; removed after the test. */
export function settingsFolder(files: Record<string, unknown>): string {
  const directory = mkdtempSync(join(tmpdir(), "settings-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  mkdirSync(join(directory, "servers"));
  for (const [name, value] of Object.entries(files)) {
    writeFileSync(join(directory, name), typeof value === "string" ? value : JSON.stringify(value, null, 2));
  }
  return directory;
}

/** The lines of the error after its first; empty if nothing is thrown. */
export function settingsFaults(run: () => unknown): string[] {
  try {
    run();
  } catch (error) {
    return (error as Error).message.split("\n  ").slice(1);
  }
  return [];
}
