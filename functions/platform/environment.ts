// Environment variables that the stack sets. If one is missing, the function fails to start.

export type Environment = {
  /** SSM path of the configuration, no trailing slash: `/mcp-gateway/<stage>` */
  configPrefix: string;
  /** URL of the API, used if `gateway.json` has no `public_url`; no trailing slash */
  publicUrl: string;
  /** the metadata document in API Gateway's challenge, fixed by the deployment; undefined if the challenge has none */
  challengeMetadataUrl: string | undefined;
  /** ARNs of the KMS keys that sign identity JWTs; the first signs, all are published */
  signingKeyArns: readonly string[];
  /** SSM names of the session secrets; the first seals new sessions, all open old ones */
  sessionSecretParameters: readonly string[];
  /** the DynamoDB table of rate limits; undefined if the stack has none */
  rateLimitTable: string | undefined;
  /** how long the combined endpoint reuses a decision about a member: as long as API Gateway reuses the authorizer's; 0: never */
  decisionCacheSeconds: number;
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
    decisionCacheSeconds: Number(variables["DECISION_CACHE_SECONDS"] || 0),
  };
}

function list(variables: NodeJS.ProcessEnv, name: string): string[] {
  return (variables[name] ?? "").split(",").filter((value) => value !== "");
}

function required(variables: NodeJS.ProcessEnv, name: string): string {
  const value = variables[name];
  if (value === undefined || value === "") {
    throw new Error(`environment variable ${name} is not set. The stack sets it: deploy again.`);
  }
  return value;
}
