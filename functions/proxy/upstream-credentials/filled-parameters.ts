// `extra_parameters` with secrets in the place of their references.
import type { SecretStore } from "../../platform/secret-store.ts";

/**
 * Fills all values.
 *
 * @throws SecretUnavailable if a secret can't be read
 */
export async function fillAll(
  parameters: Readonly<Record<string, string>>,
  secrets: SecretStore,
): Promise<Record<string, string>> {
  const filled = Object.entries(parameters).map(
    async ([name, text]) => [name, await secrets.fill(text)] as const,
  );
  return Object.fromEntries(await Promise.all(filled));
}
