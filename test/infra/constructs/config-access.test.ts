import { describe, expect, it } from "vitest";
import { roleStatements } from "../../support/iam-statements.ts";
import { configSource, flat, resources, synthesise } from "../../support/synthesised-template.ts";

function statements(options: Parameters<typeof synthesise>[0] = {}): Record<string, string[]> {
  return roleStatements(synthesise(options));
}

const SSM = "arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>:parameter";
const logs = (name: string) =>
  `WriteOwnLogs: Allow logs:CreateLogStream,logs:PutLogEvents on <Gateway${name}Logs.Arn>`;
const CONFIGURATION = `ReadConfiguration: Allow ssm:GetParametersByPath on ${SSM}/mcp-gateway/dev`;
const KEY = "<GatewaySigningKeysKey1.Arn>";
const SIGN = `SignIdentities: Allow kms:GetPublicKey,kms:Sign on ${KEY}`;
const PUBLISH = `PublishSigningKeys: Allow kms:GetPublicKey on ${KEY}`;
const SESSION_SECRET = [
  `ReadSessionSecretParameters: Allow ssm:GetParameter on ${SSM}/aws/reference/secretsmanager/mcp-gateway/dev/session-secret-1`,
  "ReadSessionSecrets: Allow secretsmanager:GetSecretValue on <GatewaySessionSecretsSecret1>",
];

describe("the functions' roles", () => {
  it("may log and read this gateway's configuration, and only the proxy may sign and seal sessions", () => {
    expect(statements()).toEqual({
      "<GatewayAuthorizerRole>": [logs("Authorizer"), CONFIGURATION],
      "<GatewayProxyRole>": [logs("Proxy"), CONFIGURATION, ...SESSION_SECRET, SIGN],
      "<GatewayMetadataRole>": [logs("Metadata"), CONFIGURATION, PUBLISH],
    });
  });

  it("allow only the proxy to read the secrets of a server's headers", () => {
    const servers = { notes: { headers: { "X-Api-Key": "{{ssm:/team/notes-key}}" } } };
    expect(statements({ configSource: configSource({}, servers) })).toEqual({
      "<GatewayAuthorizerRole>": [logs("Authorizer"), CONFIGURATION],
      "<GatewayProxyRole>": [
        logs("Proxy"),
        CONFIGURATION,
        `ReadSecretParameters: Allow ssm:GetParameter on ${SSM}/team/notes-key`,
        ...SESSION_SECRET,
        SIGN,
      ],
      "<GatewayMetadataRole>": [logs("Metadata"), CONFIGURATION, PUBLISH],
    });
  });

  it("allow only the authorizer to read the secrets of token rules, with a second permission for Secrets Manager", () => {
    const servers = {
      notes: {
        jwt_validation: {
          introspectEndpoint: "https://issuer.example/introspect",
          introspectClientId: "gateway",
          introspectClientSecret: "{{ssm:/aws/reference/secretsmanager/introspection}}",
          claimValues: { iss: { values: "https://issuer.example" }, aud: { values: "notes" } },
        },
      },
    };
    const found = statements({ configSource: configSource({}, servers) });
    expect(found["<GatewayProxyRole>"]).toEqual([logs("Proxy"), CONFIGURATION, ...SESSION_SECRET, SIGN]);
    expect(found["<GatewayAuthorizerRole>"]).toEqual([
      logs("Authorizer"),
      CONFIGURATION,
      `ReadSecretParameters: Allow ssm:GetParameter on ${SSM}/aws/reference/secretsmanager/introspection`,
      "ReadReferencedSecrets: Allow secretsmanager:GetSecretValue on arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:introspection-??????",
    ]);
  });

  it("allow reading the secrets named for a configuration outside the stack", () => {
    const found = statements({ configSource: undefined, secrets: ["/team/key"] });
    const secret = `ReadSecretParameters: Allow ssm:GetParameter on ${SSM}/team/key`;
    expect(found["<GatewayProxyRole>"]).toContain(secret);
    expect(found["<GatewayAuthorizerRole>"]).toContain(secret);
    expect(found["<GatewayMetadataRole>"]).not.toContain(secret);
  });
});

describe("secrets outside the stack", () => {
  it("can be granted to the authorizer and the proxy, by name or ARN", () => {
    const arn = "arn:aws:ssm:eu-central-1:123456789012:parameter/team/key";
    const found = statements({
      configSource: undefined,
      secrets: [arn],
      introspectionSecrets: [],
    });
    expect(found["<GatewayProxyRole>"]).toContain(`ReadSecretParameters: Allow ssm:GetParameter on ${arn}`);
    expect(found["<GatewayAuthorizerRole>"]).toEqual([logs("Authorizer"), CONFIGURATION]);
  });

  it("are rejected below the configuration's path", () => {
    const secrets = ["/mcp-gateway/dev/key"];
    expect(() => synthesise({ configSource: undefined, secrets })).toThrow(
      "secrets must name secrets outside /mcp-gateway/dev",
    );
    expect(() => synthesise({ formerSessionSecrets: secrets })).toThrow("formerSessionSecrets must name");
  });
});

describe("roles", () => {
  it("can only be assumed by their service, and only API Gateway's log role has a managed policy", () => {
    const roles = Object.entries(resources(synthesise({ accountLogRole: "stack" }), "AWS::IAM::Role")).map(
      ([id, role]) => {
        const { Statement } = role["AssumeRolePolicyDocument"] as { Statement: unknown };
        return [id, Statement, ((role["ManagedPolicyArns"] ?? []) as unknown[]).map(flat)];
      },
    );
    const assumedBy = (service: string) => [
      { Action: "sts:AssumeRole", Effect: "Allow", Principal: { Service: service } },
    ];
    expect(roles.sort()).toEqual([
      [
        "GatewayApiRestApiCloudWatchRole",
        assumedBy("apigateway.amazonaws.com"),
        ["arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"],
      ],
      ["GatewayAuthorizerRole", assumedBy("lambda.amazonaws.com"), []],
      ["GatewayMetadataRole", assumedBy("lambda.amazonaws.com"), []],
      ["GatewayProxyRole", assumedBy("lambda.amazonaws.com"), []],
    ]);
  });
});
