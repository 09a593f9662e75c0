// Puts secrets in the place of their references `{{ssm:/name}}`. Values are kept in memory for a bounded time and never logged.
import { fillSecrets, secretNames } from "../core/config/secret-references.ts";
import {
  SECRET_REFRESH_AFTER_MS,
  SECRET_RETRY_AFTER_MS,
  SECRET_RETRY_MS,
  SECRET_STALE_MS,
  SECRET_TIMEOUT_MS,
} from "../core/limits.ts";
import { type RetryLimits, readWithRetries } from "./read-with-retries.ts";
import type { Ssm } from "./ssm.ts";

/** Fills references. */
export type SecretStore = {
  /**
   * @param text configured text; returned as it is where it holds no reference
   * @throws SecretUnavailable naming the parameter, never its value
   */
  fill(text: string): Promise<string>;
};

/** Thrown where a secret can't be read and no copy of the last hour is at hand. */
export class SecretUnavailable extends Error {
  override name = "SecretUnavailable";
}

/** Reads one secret by its SSM name. */
export type ReadSecret = (name: string) => Promise<string>;

const RETRIES: RetryLimits = { totalMs: SECRET_TIMEOUT_MS, ...SECRET_RETRY_MS };

/**
 * Reads secrets from Parameter Store (SecureString), or from Secrets Manager under `/aws/reference/secretsmanager/NAME`.
 *
 * @see https://docs.aws.amazon.com/systems-manager/latest/userguide/integration-ps-secretsmanager.html
 */
export function createSecretReader(ssm: Ssm): ReadSecret {
  return async (name) => {
    const input = { Name: name, WithDecryption: true };
    const read = (signal: AbortSignal) => ssm.getParameter(input, signal);
    const { Parameter } = await readWithRetries(read, Math.random, RETRIES);
    if (Parameter?.Value === undefined) throw new Error("the parameter has no value");
    return Parameter.Value;
  };
}

type CachedSecret = {
  value: string | undefined;
  readAt: number;
  /** while there is a value: no read before this time, so that an outage holds up one request and not all */
  retryAt: number;
  reading: Promise<void> | undefined;
};

/** Opens an empty store. */
export function createSecretStore(read: ReadSecret, now: () => number = Date.now): SecretStore {
  const secrets = new Map<string, CachedSecret>();

  async function refresh(name: string, cached: CachedSecret): Promise<void> {
    cached.reading ??= read(name)
      .then((value) => {
        cached.value = value;
        cached.readAt = now();
      })
      .finally(() => {
        cached.reading = undefined;
      });
    await cached.reading;
  }

  async function secretOf(name: string): Promise<string> {
    let cached = secrets.get(name);
    if (cached === undefined) {
      const never = Number.NEGATIVE_INFINITY;
      cached = { value: undefined, readAt: never, retryAt: never, reading: undefined };
      secrets.set(name, cached);
    }
    const { readAt, retryAt } = cached;
    const serves = () => now() - readAt <= SECRET_STALE_MS;
    if (now() - readAt > SECRET_REFRESH_AFTER_MS && !(serves() && now() < retryAt)) {
      await refresh(name, cached).catch((cause: unknown) => {
        cached.retryAt = now() + SECRET_RETRY_AFTER_MS;
        if (serves()) return;
        throw new SecretUnavailable(`the secret ${name} could not be read`, { cause });
      });
    }
    return cached.value as string;
  }

  return {
    async fill(text) {
      const names = secretNames(text);
      if (names.length === 0) return text;
      const values = new Map<string, string>();
      for (const name of names) values.set(name, await secretOf(name));
      return fillSecrets(text, (name) => values.get(name) as string);
    },
  };
}
