// The base of the cold starts: a function that reads one page of parameters with the AWS SDK's SSM client and its defaults.
import { GetParametersByPathCommand, SSMClient } from "@aws-sdk/client-ssm";

export async function handler(): Promise<{ statusCode: number; parameters: number }> {
  const command = new GetParametersByPathCommand({ Path: process.env["CONFIG_PREFIX"], Recursive: true });
  const { Parameters } = await new SSMClient({}).send(command);
  return { statusCode: 200, parameters: Parameters?.length ?? 0 };
}
