// The functions' reads of Parameter Store through the SDK's client: at a terminal, credentials come from profiles, single sign-on and the like.
import { GetParameterCommand, GetParametersByPathCommand, type SSMClient } from "@aws-sdk/client-ssm";
import type { Ssm } from "../functions/platform/ssm.ts";

/** @param client with the SDK's own retries */
export function sdkSsm(client: SSMClient): Ssm {
  return {
    getParametersByPath: (input, abortSignal) =>
      client.send(new GetParametersByPathCommand(input), { abortSignal }),
    getParameter: (input, abortSignal) => client.send(new GetParameterCommand(input), { abortSignal }),
  };
}
