// What cold starts are measured by: the AWS SDK's own SSM client with all its defaults, loaded and used once. Bundled like the functions.
import { GetParametersByPathCommand, SSMClient } from "@aws-sdk/client-ssm";

export async function handler(): Promise<{ statusCode: number; parameters: number }> {
  const command = new GetParametersByPathCommand({ Path: process.env["CONFIG_PREFIX"], Recursive: true });
  const { Parameters } = await new SSMClient({}).send(command);
  return { statusCode: 200, parameters: Parameters?.length ?? 0 };
}
