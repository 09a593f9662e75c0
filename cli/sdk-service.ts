// The functions' interface to AWS over the SDK's client: at a terminal, credentials come from profiles, single sign-on and the like.
import { GetParameterCommand, GetParametersByPathCommand, type SSMClient } from "@aws-sdk/client-ssm";
import type { AwsService } from "../functions/platform/aws-service.ts";

/** Puts a client in the place of the functions' own calls. */
export function sdkService(client: SSMClient): AwsService {
  return async <Output>(operation: string, input: object, abortSignal?: AbortSignal) => {
    const options = { ...(abortSignal && { abortSignal }) };
    switch (operation) {
      case "GetParameter":
        return (await client.send(new GetParameterCommand(input as never), options)) as Output;
      case "GetParametersByPath":
        return (await client.send(new GetParametersByPathCommand(input as never), options)) as Output;
    }
    throw new Error(`${operation} is not among the operations that functions call`);
  };
}
