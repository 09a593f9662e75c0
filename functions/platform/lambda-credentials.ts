// Replaces the SDK's credential provider chain in the bundles (`build/function-bundles.ts`). Lambda only uses environment variables;
// the chain's other sources are 135 KB and about 10 ms of CPU time in every cold start.

/** Credentials in the SDK's form. */
type LambdaCredentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };

/**
 * The function's credentials, with the signature of the chain's export. They never change in one environment.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 * @throws Error if a variable is missing
 */
export function defaultProvider(): () => Promise<LambdaCredentials> {
  return async () => {
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
    if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) {
      throw new Error("AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is not set");
    }
    return {
      accessKeyId: AWS_ACCESS_KEY_ID,
      secretAccessKey: AWS_SECRET_ACCESS_KEY,
      ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
    };
  };
}
