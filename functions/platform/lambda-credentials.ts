// Stands in for the SDK's chain of credential providers in the functions' bundles (`infra/constructs/function-bundling.ts`): Lambda gives
// credentials in environment variables and nowhere else, and code for the other ten places would slow every cold start.

/** Credentials as the SDK takes them. */
export type LambdaCredentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };

/**
 * Has the name and form of the chain's own export. They never change while an environment lives.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 * @throws Error where a variable is missing: outside Lambda this provider does not belong
 */
export function defaultProvider(): () => Promise<LambdaCredentials> {
  return async () => {
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
    if (AWS_ACCESS_KEY_ID === undefined || AWS_SECRET_ACCESS_KEY === undefined) {
      throw new Error("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set: Lambda sets them");
    }
    return {
      accessKeyId: AWS_ACCESS_KEY_ID,
      secretAccessKey: AWS_SECRET_ACCESS_KEY,
      ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
    };
  };
}
