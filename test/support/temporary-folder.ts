// Global set-up of every vitest configuration: temporary files of a run, such as the assemblies of CDK apps, are in one folder, which is
// removed at the end.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "gateway-tests-"));
  // Workers and the processes that they start inherit it.
  process.env["TMPDIR"] = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
