import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { contextSettings } from "../../infra/context-settings.ts";
import { GATEWAY_VARIANTS } from "../support/gateway-variants.ts";
import { settingsFaults as faultsOf, settingsFolder as folder } from "../support/settings-faults.ts";

const settings = (context: Record<string, unknown>) => contextSettings({ context });
const external = { config: "external" };

const fileOf = (value: unknown) => join(folder({ "prod.json": value }), "prod.json");

describe("contextSettings", () => {
  it("returns the example configuration in stage dev without settings", () => {
    const { configSource, ...others } = settings({});
    expect(configSource?.servers.map(({ name }) => name)).toEqual(["everything", "notes", "whoami"]);
    expect(others).toEqual({});
  });

  it("reads every setting", () => {
    const { configSource, ...others } = settings(GATEWAY_VARIANTS["everything"] ?? {});
    expect(others).toEqual({
      stage: "prod-eu",
      name: "team-b",
      domainName: "mcp.example.com",
      certificateArn:
        "arn:aws:acm:eu-central-1:111122223333:certificate/0f5b8a3e-1d2c-4b6a-9e7f-3c2d1b0a9f8e",
      authorizerCacheTtl: 60,
      throttleRate: 50,
      authorizerConcurrency: 20,
      proxyConcurrency: 200,
      waf: true,
      wafRequestsPerAddress: 2000,
      wafRequestsPerToken: 500,
      wafManagedRules: false,
      vpcId: "vpc-0a1b2c3d4e5f67890",
      subnetIds: ["subnet-0a1b2c3d4e5f67890", "subnet-0f9e8d7c6b5a43210"],
      securityGroupIds: ["sg-0a1b2c3d4e5f67890"],
      tracing: true,
      alarmTopicArn: "arn:aws:sns:eu-central-1:111122223333:on-call",
      logRetentionDays: 90,
      tags: { team: "platform", "cost-centre": "42" },
      signingKeys: "2,1",
      formerSigningKeys: ["arn:aws:kms:eu-central-1:111122223333:key/0f5b8a3e-1d2c-4b6a-9e7f-3c2d1b0a9f8e"],
      sessionSecrets: "2,1",
      formerSessionSecrets: ["/team/former-session-secret"],
    });
  });

  it("reads lists, empty ones too, and what the stack must know about an external configuration", () => {
    const context = {
      ...external,
      allowedOrigins: "https://a.acme.com,https://b.acme.com",
      secrets: "/team/key,/team/tools/*,arn:aws:ssm:eu-central-1:111122223333:parameter/team/other",
      introspectionSecrets: "none",
      introspectCacheMaxAge: "0",
    };
    expect(settings(context)).toEqual({
      config: "external",
      configSource: undefined,
      allowedOrigins: ["https://a.acme.com", "https://b.acme.com"],
      secrets: ["/team/key", "/team/tools/*", "arn:aws:ssm:eu-central-1:111122223333:parameter/team/other"],
      introspectionSecrets: [],
      introspectCacheMaxAge: 0,
    });
  });

  it("reads the values of a file and overrides them with those of the command line", () => {
    const file = fileOf({ ...external, stage: "prod", tracing: true, tags: { team: "a" }, throttleRate: 20 });
    expect(settings({ settings: file, stage: "canary", throttleRate: "30" })).toMatchObject({
      stage: "canary",
      tracing: true,
      tags: { team: "a" },
      throttleRate: 30,
    });
  });

  it("ignores the CDK's own context keys", () => {
    const context = {
      ...external,
      "@aws-cdk/core:checkSecretUsage": true,
      "@aws-cdk-containers/ecs-service-extensions:enableDefaultLogDriver": true,
      "aws:cdk:bundling-stacks": [],
      "aws-cdk:enableDiffNoFail": true,
      "cli-telemetry": false,
      "acknowledged-issue-numbers": [34892],
      "availability-zones:account=111122223333:region=eu-central-1": ["eu-central-1a"],
      "hosted-zone:account=111122223333:domainName=acme.com:region=eu-central-1": { Id: "/hostedzone/Z1" },
      "vpc-provider:account=111122223333:filter.vpc-id=vpc-1:region=eu-central-1": {},
    };
    expect(faultsOf(() => settings(context))).toEqual([]);
  });
});

const CERTIFICATE = "arn:aws:acm:eu-central-1:111122223333:certificate/0f5b8a3e";
const DOMAIN = { domainName: "mcp.acme.com", certificateArn: CERTIFICATE };
const VPC = { vpcId: "vpc-0a1b2c3d", subnetIds: "subnet-0a1b2c3d" };

describe("a mistyped setting", () => {
  it.each<[Record<string, unknown>, string]>([
    [{ wfa: "true" }, '-c wfa: unknown key. Did you mean "waf"?'],
    [{ Stage: "prod" }, '-c Stage: unknown key. Did you mean "stage"?'],
    [{ securityGroupIDs: "sg-1" }, '-c securityGroupIDs: unknown key. Did you mean "securityGroupIds"?'],
    [{ alarmEmail: "a@acme.com" }, "-c alarmEmail: unsupported key. Subscribe the address to an SNS topic"],
    [{ "waf:enabled": "true" }, "-c waf:enabled: unknown key."],
    [{ constructor: "x" }, "-c constructor: unknown key."],
    [{ stage: "Prod" }, "-c stage: The stage must be 1 to 31 lower-case"],
    [{ stage: "" }, "-c stage: The stage must be 1 to 31 lower-case"],
    [{ name: "aws-tools" }, "-c name: The gateway's name must be"],
    [
      { config: "extern" },
      '-c config: expected "stack", "retained" or "external", got "extern". Did you mean "external"?',
    ],
    [{ config: "External" }, 'Did you mean "external"?'],
    [
      { protection: "prod" },
      '-c protection: expected "production" or "disposable", got "prod". Did you mean "production"?',
    ],
    [{ configDir: "" }, "-c configDir: expected the path of a directory"],
    [{ waf: "yes" }, '-c waf: expected true or false, got "yes".'],
    [{ dashboard: "False" }, '-c dashboard: expected true or false, got "False".'],
    [{ publicUrl: "https://mcp.acme.com/" }, 'Write "https://mcp.acme.com".'],
    [{ publicUrl: "mcp.acme.com" }, "-c publicUrl: expected an https URL"],
    [
      { domainName: "https://x/" },
      '-c domainName: expected a host name such as "mcp.acme.com", got "https://x/".',
    ],
    [{ ...DOMAIN, domainName: "https://mcp.acme.com/" }, 'Write "mcp.acme.com".'],
    [{ ...DOMAIN, domainName: "mcp.acme.com." }, 'Write "mcp.acme.com".'],
    [{ ...DOMAIN, domainName: "*.acme.com" }, "-c domainName: expected a host name"],
    [{ ...DOMAIN, domainName: "10.0.0.1" }, "-c domainName: expected a host name"],
    [{ domainName: "mcp.acme.com" }, "-c domainName: needs certificateArn too."],
    [{ certificateArn: CERTIFICATE }, "-c certificateArn: needs domainName too."],
    [{ ...DOMAIN, certificateArn: "cert" }, "-c certificateArn: expected an ARN such as"],
    [
      { ...DOMAIN, certificateArn: CERTIFICATE.replace("acm", "iam") },
      "-c certificateArn: expected an ARN such as",
    ],
    [{ ...DOMAIN, hostedZoneId: "Z1" }, "-c hostedZoneId: needs hostedZoneName too."],
    [{ ...DOMAIN, hostedZoneName: "acme.com" }, "-c hostedZoneName: needs hostedZoneId too."],
    [
      { ...DOMAIN, hostedZoneId: "z1", hostedZoneName: "acme.com" },
      "-c hostedZoneId: expected an id such as",
    ],
    [
      { ...DOMAIN, hostedZoneId: "Z1", hostedZoneName: "other.com" },
      "-c hostedZoneName: mcp.acme.com is not in the zone other.com.",
    ],
    [
      { executeApiEndpoint: "false" },
      "-c executeApiEndpoint: false without domainName or publicUrl leaves no URL",
    ],
    [
      { authorizerCacheTtl: "3601" },
      "-c authorizerCacheTtl: expected a whole number of seconds from 0 to 3600",
    ],
    [
      { authorizerCacheTtl: "5m" },
      "-c authorizerCacheTtl: expected a whole number of seconds from 0 to 3600",
    ],
    [{ throttleRate: "0" }, "-c throttleRate: expected a whole number of requests a second"],
    [{ wafRequestsPerToken: "500" }, "-c wafRequestsPerToken: only has an effect with waf=true."],
    [{ waf: "false", wafManagedRules: "true" }, "-c wafManagedRules: only has an effect with waf=true."],
    [{ securityGroupIds: "sg-0a1b2c3d" }, "-c securityGroupIds: needs vpcId too."],
    [{ proxyEgress: "10.0.0.0/8:443" }, "-c proxyEgress: needs vpcId too."],
    [
      { proxyEgress: "10.0.0.0/8:443", securityGroupIds: "sg-0a1b2c3d", ...VPC },
      "-c proxyEgress: has no effect with securityGroupIds, which have their own rules. Remove one of the two.",
    ],
    ...["10.0.0.0/16", "10.0.0.0:443", "10.0.0/16:443", "10.0.0.0/33:443", "10.0.0.0/16:0", "a/16:443"].map(
      (rule): [Record<string, unknown>, string] => [
        { ...VPC, proxyEgress: rule },
        '-c proxyEgress: [0] expected IPv4 addresses and a port such as "10.0.0.0/16:443", got ',
      ],
    ),
    [{ ...VPC, proxyEgress: "10.0.0.0/16:65536" }, "-c proxyEgress: [0] expected IPv4 addresses and a port"],
    [{ encryptionKeyArn: "alias/logs" }, "-c encryptionKeyArn: expected an ARN such as"],
    [
      { ...DOMAIN, encryptionKeyArn: "arn:aws:kms:us-east-1:111122223333:key/7d4c1f0a" },
      "-c encryptionKeyArn: is in us-east-1, but certificateArn is in eu-central-1.",
    ],
    [{ subnetIds: "subnet-0a1b2c3d" }, "-c subnetIds: needs vpcId too."],
    [{ vpcId: "vpc-0a1b2c3d" }, "-c vpcId: needs subnetIds too."],
    [{ ...VPC, vpcId: "vpc-1" }, '-c vpcId: expected an id such as "vpc-0a1b2c3d4e5f67890", got "vpc-1".'],
    [
      { ...VPC, subnetIds: "sg-0a1b2c3d" },
      '-c subnetIds: [0] expected an id such as "subnet-0a1b2c3d4e5f67890"',
    ],
    [
      { ...VPC, subnetIds: "subnet-0a1b2c3d,subnet-0a1b2c3d" },
      '-c subnetIds: lists "subnet-0a1b2c3d" twice.',
    ],
    [{ ...VPC, subnetIds: "none" }, "-c subnetIds: expected at least one of subnet ids"],
    [{ ...VPC, subnetIds: "," }, "-c subnetIds: expected a list of subnet ids in square brackets"],
    [{ ...external, allowedOrigins: "" }, "-c allowedOrigins: expected a list of origins"],
    [{ formerSessionSecrets: "/team/*" }, "-c formerSessionSecrets: [0] expected an SSM parameter name"],
    [
      { stage: "prod", formerSessionSecrets: "/mcp-gateway/prod/old" },
      "-c formerSessionSecrets: must name secrets outside /mcp-gateway/prod, the SSM path",
    ],
    [{ alarmTopicArn: "on-call" }, "-c alarmTopicArn: expected an ARN such as"],
    [
      { alarmTopicArn: "arn:aws:sns:eu-central-1:111122223333:on-call", alarms: "false" },
      "-c alarmTopicArn: has no effect with alarms=false.",
    ],
    [
      { ...DOMAIN, alarmTopicArn: "arn:aws:sns:us-east-1:111122223333:on-call" },
      "-c alarmTopicArn: is in us-east-1, but certificateArn is in eu-central-1.",
    ],
    [
      { logRetentionDays: "91" },
      "-c logRetentionDays: expected one of the numbers of days that CloudWatch knows",
    ],
    [
      { logRetentionDays: "9999" },
      "-c logRetentionDays: expected one of the numbers of days that CloudWatch knows",
    ],
    [{ tags: "team" }, "-c tags: expected an object"],
    [{ tags: "aws:team=x" }, '-c tags: ["aws:team"] expected a tag name'],
    [{ tags: "mcp-gateway=x" }, '-c tags: ["mcp-gateway"] the tag "mcp-gateway" is set by the stack.'],
    [{ accountLogRole: "true" }, '-c accountLogRole: expected "external" or "stack", got "true".'],
    [{ signingKeys: "3" }, '-c signingKeys: expected "1", "1,2", "2,1" or "2"'],
    [{ signingKeys: "1,1" }, '-c signingKeys: expected "1", "1,2", "2,1" or "2"'],
    [
      { formerSigningKeys: "arn:aws:kms:eu-central-1:111122223333:alias/x" },
      "-c formerSigningKeys: [0] expected an ARN",
    ],
    [{ formerSessionSecrets: "old" }, "-c formerSessionSecrets: [0] expected an SSM parameter name"],
    [{ settings: "" }, "-c settings: expected the path of a JSON file"],
    [{ settings: "nowhere.json" }, "-c settings: no such file: nowhere.json."],
    [{ settings: "package" }, "-c settings: no such file: package. Did you mean package.json?"],
    [{ settings: "docs" }, "-c settings: no such file: docs. It is a directory"],
    [{ setings: "prod.json" }, '-c setings: unsupported key. Did you mean "settings"?'],
    [{ Settings: "prod.json" }, '-c Settings: unsupported key. Did you mean "settings"?'],
    [{ headerKey: "Cookie" }, "-c headerKey: Cookie contains cookies, not a token."],
  ])("%j is rejected, naming the setting and what to do", (context, message) => {
    const faults = faultsOf(() => settings({ ...(context["config"] ? {} : external), ...context }));
    expect(faults.filter((fault) => fault.includes(message))).toHaveLength(1);
  });

  it.each<[Record<string, unknown>, string]>([
    [{ allowedOrigins: "https://a.acme.com" }, "-c allowedOrigins: only has an effect with config=external"],
    [{ secrets: "/a" }, "-c secrets: only has an effect with config=external"],
    [{ ...external, configDir: "config" }, "-c configDir: is not read with config=external."],
    [{ ...external, allowedOrigins: "*" }, "-c allowedOrigins: [0] "],
    [{ ...external, headerKey: "Content Type" }, "-c headerKey: expected a header name"],
    [{ ...external, secrets: "team/key" }, "-c secrets: [0] expected an SSM parameter name"],
    [{ ...external, secrets: "/team/" }, "-c secrets: [0] expected an SSM parameter name"],
    [{ ...external, secrets: "*" }, "-c secrets: [0] expected an SSM parameter name"],
    [{ ...external, secrets: "/*/key" }, "-c secrets: [0] expected an SSM parameter name"],
    [
      { ...external, secrets: "arn:aws:s3:eu-central-1:111122223333:bucket" },
      "-c secrets: [0] expected an SSM parameter name",
    ],
    [
      {
        ...external,
        secrets: "arn:aws:ssm:eu-central-1:111122223333:parameter/aws/reference/secretsmanager/team",
      },
      "-c secrets: [0] expected an SSM parameter name",
    ],
    [
      {
        ...external,
        alarmTopicArn: "arn:aws:sns:eu-central-1:111122223333:on-call",
        secrets: "/team/key,arn:aws:ssm:us-east-1:111122223333:parameter/team/key",
      },
      "-c secrets: is in us-east-1, but alarmTopicArn is in eu-central-1.",
    ],
    [
      { ...external, introspectionSecrets: "key" },
      "-c introspectionSecrets: [0] expected an SSM parameter name",
    ],
    [{ ...external, introspectionSecrets: "/a,/a" }, '-c introspectionSecrets: lists "/a" twice.'],
    [
      { ...external, stage: "prod", secrets: "/mcp-gateway/prod/key" },
      "-c secrets: must name secrets outside /mcp-gateway/prod, the SSM path of the configuration",
    ],
    [
      { ...external, name: "team-b", introspectionSecrets: "/team-b/dev/*" },
      "-c introspectionSecrets: must name secrets outside /team-b/dev, the SSM path of the configuration",
    ],
    [
      { ...external, introspectCacheMaxAge: "3601" },
      "-c introspectCacheMaxAge: expected a whole number of seconds from 0 to 3600",
    ],
    [
      { ...external, introspectCacheMaxAge: "60", authorizerCacheTtl: "61" },
      "-c authorizerCacheTtl: is 61 seconds, but the configuration caches introspection responses for 60",
    ],
    [{ introspectCacheMaxAge: "0" }, "-c introspectCacheMaxAge: only has an effect with config=external"],
    [{ introspectionSecrets: "none" }, "-c introspectionSecrets: only has an effect with config=external"],
  ])("%j is rejected because it conflicts with where the configuration is stored", (context, message) => {
    expect(faultsOf(() => settings(context)).filter((fault) => fault.startsWith(message))).toHaveLength(1);
  });

  it("is reported once, together with all others", () => {
    const context = { ...external, wfa: "true", vpcId: "vpc", subnetIds: "subnet-0a1b2c3d", tracing: "on" };
    expect(
      faultsOf(() => settings(context))
        .map((fault) => fault.split(": ")[0])
        .sort(),
    ).toEqual(["-c tracing", "-c vpcId", "-c wfa"]);
  });

  it("is reported without control characters", () => {
    const [fault = ""] = faultsOf(() => settings({ ...external, "w\u001b[2Jaf\n": "true" }));
    expect(fault).toContain("-c w\\u{1b}[2Jaf\\u{a}: unknown key.");
  });

  it("in a file is reported with its line and key", () => {
    const file = fileOf({ stage: "prod", wfa: true, authorizerCacheTtl: "60", config: "extern" });
    expect(faultsOf(() => settings({ settings: file })).sort()).toEqual([
      `${file}:3: wfa: unknown key. Did you mean "waf"?`,
      `${file}:4: authorizerCacheTtl: expected a whole number of seconds from 0 to 3600, got "60".`,
      `${file}:5: config: expected "stack", "retained" or "external", got "extern". Did you mean "external"?`,
    ]);
  });

  it.each([
    ['{"stage": "prod", "stage": "dev"}', ":1: stage: this key occurs twice"],
    ["{stage: 1}", ":1: not valid JSON"],
    ["", ":1: not valid JSON"],
    ["[]", ":1: expected an object"],
    ["stage: prod", ":1: not valid JSON: expected an object such as"],
    ['\uFEFF{"stage": "prod"}', ":1: not valid JSON: expected an object such as"],
    [
      '{"context": {"stage": "prod"}}',
      ":1: context: unsupported key. Move its members to the top level of the file.",
    ],
    ['{"settings": "other.json"}', ":1: settings: unsupported key. A settings file cannot name another one."],
  ])("is reported if the file is %j", (text, message) => {
    const file = fileOf(text);
    expect(
      faultsOf(() => settings({ settings: file })).some((fault) => fault.startsWith(`${file}${message}`)),
    ).toBe(true);
  });

  it.each(["nowhere", "package.json"])("is reported with its place for configDir %s", (configDir) => {
    expect(() => settings({ configDir })).toThrow(/^-c configDir: (no such|not a) directory: /);
    const file = fileOf({ stage: "prod", configDir });
    expect(() => settings({ settings: file })).toThrow(`${file}:3: configDir: no such directory: `);
  });

  it("in cdk.json is reported there, with the advice to move it into the settings file", () => {
    const cdkJson = { wfa: "true" };
    expect(faultsOf(() => contextSettings({ context: { ...external, ...cdkJson }, cdkJson }))).toEqual([
      'cdk.json: context.wfa: unknown key. Did you mean "waf"?',
    ]);
    const file = fileOf({ ...external });
    const shared = { waf: "true" };
    expect(
      faultsOf(() => contextSettings({ context: { settings: file, ...shared }, cdkJson: shared })),
    ).toEqual([`cdk.json: context.waf: move this setting into ${file}: it would apply to every stage.`]);
  });
});
