// Finds the secrets that a configuration names ({{ssm:/name}}), so that each function may read those it needs, and no others.
import type { ConfigFile } from "./deploy-settings.ts";

const REFERENCE = /\{\{ssm:(\/[^{}\s]+)\}\}/g;

/**
 * Names of the SSM parameters referenced in a part of the files, sorted, each once. `jwt_validation` is what the
 * authorizer uses; everything else is for the proxy.
 */
export function secretReferences(
  files: readonly ConfigFile[],
  part: "jwt_validation" | "everything_else",
): string[] {
  const names = new Set<string>();
  for (const { text } of files) {
    const { jwt_validation, ...rest } = JSON.parse(text) as Record<string, unknown>;
    const wanted = JSON.stringify(part === "jwt_validation" ? (jwt_validation ?? {}) : rest);
    for (const [, name] of wanted.matchAll(REFERENCE)) names.add(name as string);
  }
  return [...names].sort();
}
