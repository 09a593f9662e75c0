// Reads every parameter under the prefix from SSM Parameter Store.
import type { Parameter } from "../core/config-snapshot.ts";
import type { Ssm } from "./ssm.ts";

/** Reads all parameters, whole or not at all: a partial read would look like removed servers. */
export type ReadParameters = (signal?: AbortSignal) => Promise<Parameter[]>;

/**
 * @param prefix SSM path, no trailing slash
 * @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html (10 a page)
 */
export function createParameterReader(prefix: string, ssm: Ssm): ReadParameters {
  return async (signal) => {
    const parameters: Parameter[] = [];
    let NextToken: string | undefined;
    do {
      const page = await ssm.getParametersByPath(
        { Path: prefix, Recursive: true, WithDecryption: false, NextToken },
        signal,
      );
      for (const { Name, Version, Value } of page.Parameters ?? []) {
        if (Name === undefined || Value === undefined) continue;
        parameters.push({ name: Name.slice(prefix.length + 1), version: Version ?? 0, text: Value });
      }
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    return parameters;
  };
}
