// The gateways whose templates every check looks at: the settings of each as the context of the command line.

// As the CDK CLI sets them; only the variant `edge` uses them.
process.env["CDK_DEFAULT_ACCOUNT"] ??= "111122223333";
process.env["CDK_DEFAULT_REGION"] ??= "us-east-1";

/** All settings that satisfy a check of checkov. */
const HARDENED = {
  vpcId: "vpc-0a1b2c3d4e5f67890",
  subnetIds: "subnet-0a1b2c3d4e5f67890,subnet-0f9e8d7c6b5a43210",
  proxyEgress: "10.0.0.0/16:443,0.0.0.0/0:443",
  waf: "true",
  tracing: "true",
  authorizerConcurrency: "20",
  proxyConcurrency: "200",
  combinedConcurrency: "100",
  encryptionKeyArn: "arn:aws:kms:eu-central-1:111122223333:key/7d4c1f0a-9b3e-4c58-8f61-2a5e0d9c7b14",
};

/** `-c name=value` by variant. */
export const GATEWAY_VARIANTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  dev: { stage: "dev", protection: "disposable" },
  prod: { stage: "prod" },
  domain: {
    stage: "prod",
    domainName: "mcp.example.com",
    certificateArn: "arn:aws:acm:eu-central-1:111122223333:certificate/0f5b8a3e-1d2c-4b6a-9e7f-3c2d1b0a9f8e",
    hostedZoneId: "Z0123456789EXAMPLE",
    hostedZoneName: "example.com",
  },
  vpc: {
    stage: "prod",
    vpcId: "vpc-0a1b2c3d4e5f67890",
    subnetIds: "subnet-0a1b2c3d4e5f67890,subnet-0f9e8d7c6b5a43210",
  },
  waf: { stage: "prod", waf: "true" },
  edge: { stage: "prod", edge: "cloudfront", waf: "true" },
  hardened: { stage: "prod", ...HARDENED },
  "log-role": { stage: "dev", accountLogRole: "stack" },
  retained: { stage: "prod", config: "retained" },
  unmonitored: { stage: "dev", dashboard: "false", alarms: "false" },
  external: { stage: "prod", config: "external", secrets: "/team/key,/aws/reference/secretsmanager/team" },
  limited: {
    stage: "prod",
    config: "external",
    rateLimits: "true",
    rateLimitInsights: "true",
    pinnedTools: "true",
  },
  combined: { stage: "prod", config: "external", combined: "true" },
  "combined-hardened": {
    stage: "prod",
    config: "external",
    combined: "true",
    rateLimits: "true",
    ...HARDENED,
  },
  everything: {
    stage: "prod-eu",
    name: "team-b",
    domainName: "mcp.example.com",
    certificateArn: "arn:aws:acm:eu-central-1:111122223333:certificate/0f5b8a3e-1d2c-4b6a-9e7f-3c2d1b0a9f8e",
    vpcId: "vpc-0a1b2c3d4e5f67890",
    subnetIds: "subnet-0a1b2c3d4e5f67890,subnet-0f9e8d7c6b5a43210",
    securityGroupIds: "sg-0a1b2c3d4e5f67890",
    waf: "true",
    wafRequestsPerAddress: "2000",
    wafRequestsPerToken: "500",
    wafManagedRules: "false",
    tracing: "true",
    alarmTopicArn: "arn:aws:sns:eu-central-1:111122223333:on-call",
    authorizerCacheTtl: "60",
    authorizerConcurrency: "20",
    proxyConcurrency: "200",
    throttleRate: "50",
    logRetentionDays: "90",
    tags: "team=platform,cost-centre=42",
    signingKeys: "2,1",
    formerSigningKeys: "arn:aws:kms:eu-central-1:111122223333:key/0f5b8a3e-1d2c-4b6a-9e7f-3c2d1b0a9f8e",
    sessionSecrets: "2,1",
    formerSessionSecrets: "/team/former-session-secret",
  },
};
