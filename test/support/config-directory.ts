// Configuration directories that tests write and remove.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";

/** Writes files, path to content, into a new directory that is deleted after the test. */
export function configDirectory(files: Record<string, string | Buffer | object>): string {
  const dir = mkdtempSync(join(tmpdir(), "gateway-config-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    const plain = typeof content === "string" || Buffer.isBuffer(content);
    writeFileSync(join(dir, path), plain ? content : JSON.stringify(content, null, 2));
  }
  return dir;
}
