// Stands in for the SDK's chain of credential providers in the functions' bundles (`infra/constructs/function-bundling.ts`): Lambda gives
// credentials in environment variables and nowhere else, and code for the other ten places would slow every cold start.

/** Credentials as the SDK takes them. */
export type LambdaCredentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };

/**
 * The function's credentials. They never change while an environment lives.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 * @throws Error where a variable is missing: they are for Lambda alone
 */
export function lambdaCredentials(
  env: Readonly<Record<string, string | undefined>> = process.env,
): LambdaCredentials {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = env;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) {
    throw new Error("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set: Lambda sets them");
  }
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
  };
}

/** The same by the name and in the form of the chain's own export. */
export function defaultProvider(): () => Promise<LambdaCredentials> {
  return async () => lambdaCredentials();
}
