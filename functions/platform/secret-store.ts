// Replaces references `{{ssm:/name}}` with secrets. Values are cached for a bounded time and never logged.
import { fillSecrets, secretNames } from "../core/config/secret-references.ts";
import { SECRET_REFRESH_AFTER_MS, SECRET_RETRY_AFTER_MS, SECRET_STALE_MS } from "../core/limits.ts";
import type { ReadSecret } from "./parameter-store.ts";
import { type Refreshing, refreshing } from "./refreshing.ts";

export type SecretStore = {
  /**
   * @param text configured text; returned unchanged if it contains no reference. A line break at the end of a secret is left out
   * @throws SecretUnavailable naming the parameter, never its value
   */
  fill(text: string): Promise<string>;
};

/** Editors end a file with one, and `put-parameter --value file://…` keeps it; a header with it would be invalid. */
const LINE_BREAK = /\r?\n$/;

/**
 * Replaces the references in each of several texts.
 *
 * @throws SecretUnavailable if a secret can't be read
 */
export async function fillAll(
  texts: Readonly<Record<string, string>>,
  secrets: SecretStore,
): Promise<Record<string, string>> {
  const filled = Object.entries(texts).map(async ([name, text]) => [name, await secrets.fill(text)] as const);
  return Object.fromEntries(await Promise.all(filled));
}

/** Returns the value of one secret. */
export type GetSecret = (name: string) => Promise<string>;

/** Thrown if a secret can't be read and its cached value has expired. */
export class SecretUnavailable extends Error {
  override name = "SecretUnavailable";
}

/** Opens an empty cache of secrets. @param now milliseconds since 1970 */
export function createSecretStore(
  read: ReadSecret,
  now: () => number = Date.now,
): SecretStore & { get: GetSecret } {
  const secrets = new Map<string, Refreshing<string>>();

  function secretOf(name: string): Refreshing<string> {
    let secret = secrets.get(name);
    if (secret === undefined) {
      secret = refreshing({
        read: () => read(name),
        refreshAfterMs: SECRET_REFRESH_AFTER_MS,
        staleMs: SECRET_STALE_MS,
        // During an outage, requests use the cached value without waiting, except while a retry is running.
        retryAfterMs: (_, hasValue) => (hasValue ? SECRET_RETRY_AFTER_MS : 0),
        now,
      });
      secrets.set(name, secret);
    }
    return secret;
  }

  async function get(name: string): Promise<string> {
    try {
      return await secretOf(name).get();
    } catch (cause) {
      throw new SecretUnavailable(`the secret ${name} could not be read`, { cause });
    }
  }

  return {
    get,
    async fill(text) {
      const values = new Map<string, string>();
      for (const name of secretNames(text)) values.set(name, (await get(name)).replace(LINE_BREAK, ""));
      return fillSecrets(text, (name) => values.get(name) as string);
    },
  };
}
