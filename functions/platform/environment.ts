// What the stack tells a function through its environment variables. A missing one is a deployment fault: the function refuses to start.

/** Settings that the stack puts into every function. */
export type Environment = {
  /** SSM path under which the configuration lies, no trailing slash: `/mcp-gateway/<stage>` */
  configPrefix: string;
  /** the API's own URL, used where `gateway.json` has no `public_url`; no trailing slash */
  publicUrl: string;
  /** the metadata document that API Gateway's challenge names, fixed with the deployment; undefined where it names none */
  challengeMetadataUrl: string | undefined;
  /** ARNs of the KMS keys that sign identity JWTs; the first signs, all are published */
  signingKeyArns: readonly string[];
  /** SSM names of the session secrets; the first seals new sessions, all open old ones */
  sessionSecretParameters: readonly string[];
  /** the DynamoDB table of rate limits; undefined where the stack has none */
  rateLimitTable: string | undefined;
};

/**
 * Reads the environment.
 *
 * @throws Error naming the missing variable
 */
export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): Environment {
  return {
    configPrefix: required(variables, "CONFIG_PREFIX"),
    publicUrl: required(variables, "PUBLIC_URL"),
    challengeMetadataUrl: variables["CHALLENGE_METADATA_URL"] || undefined,
    signingKeyArns: list(variables, "SIGNING_KEY_ARNS"),
    sessionSecretParameters: list(variables, "SESSION_SECRET_PARAMETERS"),
    rateLimitTable: variables["RATE_LIMIT_TABLE"] || undefined,
  };
}

function list(variables: NodeJS.ProcessEnv, name: string): string[] {
  return (variables[name] ?? "").split(",").filter((value) => value !== "");
}

function required(variables: NodeJS.ProcessEnv, name: string): string {
  const value = variables[name];
  if (value === undefined || value === "") {
    throw new Error(`environment variable ${name} is not set: the stack sets it, deploy again`);
  }
  return value;
}
