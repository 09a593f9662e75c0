import type { SecretStore } from "../../platform/secret-store.ts";

/**
 * Replaces the secret references in `extra_parameters`.
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
