// AWS Systems Manager Parameter Store. Errors never contain a value, because secrets are read too.
import { GetParameterCommand, paginateGetParametersByPath, SSMClient } from "@aws-sdk/client-ssm";
import type { Parameter } from "../core/config-snapshot.ts";
import { CONFIG_LOAD_TIMEOUT_MS, SECRET_TIMEOUT_MS, SSM_ATTEMPT_MS } from "../core/limits.ts";
import { attemptTimeout, withinTime } from "./within-time.ts";

/** Reads all parameters or none: a partial read would look like removed servers. */
export type ReadParameters = () => Promise<Parameter[]>;

/** Reads one secret by its SSM name. */
export type ReadSecret = (name: string) => Promise<string>;

/** The functions' client. The timeout of each read includes all attempts. */
export function openParameterStore(): SSMClient {
  return new SSMClient({ maxAttempts: 5, requestHandler: attemptTimeout(SSM_ATTEMPT_MS) });
}

/**
 * Reads every parameter under a path, with names relative to it.
 *
 * @param client with the SDK's retries
 * @param prefix SSM path, no trailing slash
 * @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html
 */
export function createParameterReader(client: SSMClient, prefix: string): ReadParameters {
  return () =>
    withinTime(CONFIG_LOAD_TIMEOUT_MS, async (abortSignal) => {
      const input = { Path: prefix, Recursive: true, WithDecryption: false };
      const parameters: Parameter[] = [];
      for await (const page of paginateGetParametersByPath({ client }, input, { abortSignal })) {
        for (const { Name, Version, Value } of page.Parameters ?? []) {
          if (Name === undefined || Value === undefined) continue;
          parameters.push({ name: Name.slice(prefix.length + 1), version: Version ?? 0, text: Value });
        }
      }
      return parameters;
    });
}

/**
 * Reads secrets from Parameter Store (SecureString), or from Secrets Manager under `/aws/reference/secretsmanager/NAME`.
 *
 * @param client with the SDK's retries
 * @see https://docs.aws.amazon.com/systems-manager/latest/userguide/integration-ps-secretsmanager.html
 */
export function createSecretReader(client: SSMClient): ReadSecret {
  return (name) =>
    withinTime(SECRET_TIMEOUT_MS, async (abortSignal) => {
      const command = new GetParameterCommand({ Name: name, WithDecryption: true });
      const { Parameter } = await client.send(command, { abortSignal });
      if (Parameter?.Value === undefined) throw new Error("the parameter has no value");
      return Parameter.Value;
    });
}
