import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Duration } from "aws-cdk-lib";
import { describe, expect, it } from "vitest";
import { contextSettings } from "../../infra/context-settings.ts";
import { GATEWAY_VARIANTS } from "../support/gateway-variants.ts";

const settings = (context: Record<string, unknown>) => contextSettings((name) => context[name]);
const external = { config: "external" };

describe("contextSettings", () => {
  it("is the example configuration in stage dev where nothing is set", () => {
    const { stage, configSource, domain, webAcl, network, setAccountLogRole } = settings({});
    expect(configSource?.servers.map(({ name }) => name)).toEqual(["everything", "whoami"]);
    expect({ stage, domain, webAcl, network, setAccountLogRole }).toEqual({
      stage: "dev",
      setAccountLogRole: true,
    });
  });

  it("reads every setting", () => {
    const { configSource, ...others } = settings(GATEWAY_VARIANTS["everything"] ?? {});
    expect(others).toEqual({
      stage: "prod-eu",
      name: "team-b",
      externalConfig: {},
      domain: {
        domainName: "mcp.example.com",
        certificateArn:
          "arn:aws:acm:eu-central-1:111122223333:certificate/0f5b8a3e-1d2c-4b6a-9e7f-3c2d1b0a9f8e",
      },
      authorizerCacheTtl: Duration.seconds(60),
      throttling: { requestsPerSecond: 50, burst: 100 },
      reservedConcurrency: { authorizer: 20, proxy: 200 },
      webAcl: { requestsPerAddress: 2000, requestsPerToken: 500, managedRules: false },
      network: {
        vpcId: "vpc-0a1b2c3d4e5f67890",
        subnetIds: ["subnet-0a1b2c3d4e5f67890", "subnet-0f9e8d7c6b5a43210"],
        securityGroupIds: ["sg-0a1b2c3d4e5f67890"],
      },
      tracing: true,
      monitoring: { alarmTopicArn: "arn:aws:sns:eu-central-1:111122223333:on-call" },
      logRetention: 90,
      tags: { team: "platform", "cost-centre": "42" },
      setAccountLogRole: true,
      signingKeys: ["2", "1"],
      formerSigningKeys: ["arn:aws:kms:eu-central-1:111122223333:key/0f5b8a3e-1d2c-4b6a-9e7f-3c2d1b0a9f8e"],
      sessionSecrets: ["2", "1"],
      formerSessionSecrets: ["/team/former-session-secret"],
    });
  });

  it("takes what the stack must know of an external configuration", () => {
    const context = {
      ...external,
      publicUrl: "https://mcp.example.com",
      allowedOrigins: "https://a.example,https://b.example",
      scopesSupported: "notes:read",
      headerKey: "X-Access-Token",
      secrets: "/team/key",
      executeApiEndpoint: "true",
      accountLogRole: "external",
    };
    expect(settings(context)).toMatchObject({
      configSource: undefined,
      publicUrl: "https://mcp.example.com",
      externalConfig: {
        allowedOrigins: ["https://a.example", "https://b.example"],
        scopesSupported: ["notes:read"],
        headerKey: "X-Access-Token",
        secrets: ["/team/key"],
      },
      executeApiEndpoint: true,
      setAccountLogRole: false,
    });
  });

  it.each([
    [{ domainName: "mcp.example.com" }, "-c certificateArn must be the ARN of an ACM certificate for mcp"],
    [{ domainName: "a.b", certificateArn: "arn", hostedZoneId: "Z1" }, "-c hostedZoneName must be given"],
    [{ vpcId: "vpc-1" }, "-c subnetIds must be private subnets of vpc-1"],
    [
      { logRetentionDays: "91" },
      "-c logRetentionDays must be one of CloudWatch's: 1, 3, 5, 7, 14, 30, 60, 90,",
    ],
    [{ authorizerCacheTtl: "3601" }, "-c authorizerCacheTtl must be a whole number from 0 to 3600"],
  ])("refuses %j, saying what is missing or wrong", (context, message) => {
    expect(() => settings({ ...external, ...context })).toThrow(message);
  });

  it("reads no name that docs/deployment.md does not list", () => {
    const asked = new Set<string>();
    const everything = GATEWAY_VARIANTS["everything"] ?? {};
    contextSettings((name) => {
      asked.add(name);
      return everything[name];
    });
    const docs = readFileSync(join(import.meta.dirname, "../../docs/deployment.md"), "utf8");
    const listed = [...docs.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
    expect(listed.sort()).toEqual([...asked].sort());
  });
});
