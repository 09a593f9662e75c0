// The construct as a CDK app uses it: properties with references to other resources, readable resources, grants and metrics.
import { App, Duration, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import { Port, SecurityGroup, Vpc } from "aws-cdk-lib/aws-ec2";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Key } from "aws-cdk-lib/aws-kms";
import { Architecture } from "aws-cdk-lib/aws-lambda";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import { HostedZone } from "aws-cdk-lib/aws-route53";
import { Topic } from "aws-cdk-lib/aws-sns";
import { describe, expect, it, vi } from "vitest";
import {
  GatewayConfig,
  GatewayWebAcl,
  McpGateway,
  type McpGatewayProps,
  McpGatewayStack,
} from "../../../infra/index.ts";
import { resources } from "../../support/synthesised-template.ts";

// Each synthesis takes seconds on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const KEY_ARN = "arn:aws:kms:eu-central-1:111122223333:key/0f5b8a3e-1d2c-4b6a-9e7f-3c2d1b0a9f8e";
const ACL_ARN = "arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/team/0f5b8a3e";

function stackOf(props: (stack: Stack) => Partial<McpGatewayProps>) {
  const stack = new Stack(new App({ autoSynth: false }), "Stack", {
    env: { account: "111122223333", region: "eu-central-1" },
  });
  const gateway = new McpGateway(stack, "Gateway", {
    stage: "prod",
    config: GatewayConfig.external(),
    ...props(stack),
  });
  return { stack, gateway, template: () => Template.fromStack(stack) };
}

describe("properties", () => {
  it("accept references to a VPC, a certificate, a zone, a topic and keys", () => {
    const { template } = stackOf((stack) => ({
      vpc: new Vpc(stack, "Vpc", { maxAzs: 2 }),
      domainName: "mcp.acme.com",
      certificate: new Certificate(stack, "Certificate", { domainName: "mcp.acme.com" }),
      hostedZone: new HostedZone(stack, "Zone", { zoneName: "acme.com" }),
      alarmTopic: new Topic(stack, "OnCall"),
      formerSigningKeys: [Key.fromKeyArn(stack, "Former", KEY_ARN)],
    }));
    const made = template();
    const { VpcConfig, Environment } = resources(made, "AWS::Lambda::Function")["GatewayProxyFunction"] ?? {};
    expect(VpcConfig).toMatchObject({
      SubnetIds: [
        { Ref: expect.stringMatching(/^VpcPrivateSubnet1/) },
        { Ref: expect.stringMatching(/^VpcPrivateSubnet2/) },
      ],
    });
    expect(JSON.stringify(Environment)).toContain(KEY_ARN);
    made.hasResourceProperties("AWS::ApiGateway::DomainName", { DomainName: "mcp.acme.com" });
    made.resourceCountIs("AWS::Route53::RecordSet", 2);
    expect(JSON.stringify(made.findResources("AWS::CloudWatch::Alarm"))).toMatch(
      /"AlarmActions":\[\{"Ref":"OnCall/,
    );
  });

  it("let the proxy and the combined endpoint connect to a security group", () => {
    const inVpc = stackOf((stack) => ({
      vpc: new Vpc(stack, "Vpc"),
      config: GatewayConfig.external(undefined, { combined: true }),
    }));
    const tools = new SecurityGroup(inVpc.stack, "Tools", { vpc: inVpc.stack.node.findChild("Vpc") as Vpc });
    inVpc.gateway.proxyFunction.connections.allowTo(tools, Port.tcp(443));
    inVpc.gateway.combinedFunction?.connections.allowTo(tools, Port.tcp(443));
    const from = (group: RegExp) => ({
      FromPort: 443,
      GroupId: { "Fn::GetAtt": [expect.stringMatching(/^Tools/), "GroupId"] },
      SourceSecurityGroupId: { "Fn::GetAtt": [expect.stringMatching(group), "GroupId"] },
    });
    const rules = Object.values(resources(inVpc.template(), "AWS::EC2::SecurityGroupIngress"));
    expect(rules).toHaveLength(2);
    expect(rules).toEqual(
      expect.arrayContaining([
        expect.objectContaining(from(/^GatewayProxySecurityGroup/)),
        expect.objectContaining(from(/^GatewayCombinedSecurityGroup/)),
      ]),
    );
  });

  it("put an existing web ACL in front of the API", () => {
    const made = stackOf(() => ({ webAcl: GatewayWebAcl.fromArn(ACL_ARN) })).template();
    made.resourceCountIs("AWS::WAFv2::WebACL", 0);
    made.hasResourceProperties("AWS::WAFv2::WebACLAssociation", { WebACLArn: ACL_ARN });
  });

  it("override the settings of one function only", () => {
    const made = stackOf(() => ({
      proxy: {
        memorySize: 1024,
        timeout: Duration.minutes(5),
        architecture: Architecture.X86_64,
        logRetention: RetentionDays.ONE_WEEK,
        tracing: true,
        environment: { NODE_EXTRA_CA_CERTS: "/var/task/ca.pem" },
        reservedConcurrentExecutions: 50,
      },
    })).template();
    const functions = resources(made, "AWS::Lambda::Function");
    expect(functions["GatewayProxyFunction"]).toMatchObject({
      MemorySize: 1024,
      Timeout: 300,
      Architectures: ["x86_64"],
      TracingConfig: { Mode: "Active" },
      ReservedConcurrentExecutions: 50,
      Environment: {
        Variables: { CONFIG_PREFIX: "/mcp-gateway/prod", NODE_EXTRA_CA_CERTS: "/var/task/ca.pem" },
      },
    });
    expect(resources(made, "AWS::Logs::LogGroup")["GatewayProxyLogs"]).toMatchObject({ RetentionInDays: 7 });
    expect(functions["GatewayAuthorizerFunction"]).toMatchObject({
      MemorySize: 512,
      Architectures: ["arm64"],
    });
  });

  it("cannot replace an environment variable of the gateway", () => {
    const proxy = { environment: { CONFIG_PREFIX: "/other" } };
    expect(() => stackOf(() => ({ proxy }))).toThrow(
      "proxy: the gateway sets the variable CONFIG_PREFIX. Choose another name.",
    );
  });

  it("require a certificate for a domain", () => {
    expect(() => stackOf(() => ({ domainName: "mcp.acme.com" }))).toThrow(
      "domainName requires certificate, and certificate requires domainName. Set both, or neither.",
    );
  });
});

describe("the construct", () => {
  it("exposes the created resources", () => {
    const { gateway } = stackOf(() => ({}));
    expect(gateway.restApi.node.path).toBe("Stack/Gateway/Api/RestApi");
    expect(
      [gateway.authorizerFunction, gateway.proxyFunction, gateway.metadataFunction].map((f) => f.node.path),
    ).toEqual([
      "Stack/Gateway/Authorizer/Function",
      "Stack/Gateway/Proxy/Function",
      "Stack/Gateway/Metadata/Function",
    ]);
    expect(gateway.signingKey.node.path).toBe("Stack/Gateway/SigningKeys/Key-1");
    expect(gateway.accessLogGroup.node.path).toBe("Stack/Gateway/Api/AccessLog");
    expect(gateway.dashboard?.node.path).toBe("Stack/Gateway/Dashboard/Dashboard");
    expect(gateway.alarms.map(({ node }) => node.id)).toContain("ServerErrors");
  });

  it("grants reading the configuration and signing", () => {
    const { stack, gateway, template } = stackOf(() => ({}));
    const role = new Role(stack, "Operator", { assumedBy: new ServicePrincipal("ec2.amazonaws.com") });
    gateway.grantReadConfig(role).assertSuccess();
    gateway.grantSign(role).assertSuccess();
    const policies = resources(template(), "AWS::IAM::Policy")["OperatorDefaultPolicy"];
    expect(JSON.stringify(policies)).toMatch(/"ssm:GetParametersByPath".*:parameter\/mcp-gateway\/prod/);
    expect(JSON.stringify(policies)).toContain('["kms:GetPublicKey","kms:Sign"]');
    const keys = JSON.stringify(template().findResources("AWS::KMS::Key"));
    expect(keys).toContain('{"aws:PrincipalArn":{"Fn::GetAtt":["Operator');
  });

  it("does not grant signing to a grantee without an ARN", () => {
    const { gateway } = stackOf(() => ({}));
    expect(() => gateway.grantSign(new ServicePrincipal("ec2.amazonaws.com"))).toThrow(
      "grantSign requires a role or a user",
    );
  });

  it("returns metrics of its requests, with another statistic if requested", () => {
    const { gateway } = stackOf(() => ({}));
    const dimensions = { gateway: "/mcp-gateway/prod" };
    expect(gateway.metricRequests()).toMatchObject({
      namespace: "McpGateway",
      metricName: "Requests",
      statistic: "Sum",
      dimensions,
    });
    expect(gateway.metricDenied()).toMatchObject({ metricName: "Denials", dimensions });
    expect(gateway.metricUpstreamErrors({ period: Duration.minutes(1) })).toMatchObject({
      metricName: "DownstreamErrors",
      period: Duration.minutes(1),
      dimensions,
    });
    expect(gateway.metricUpstreamLatency({ statistic: "p99" })).toMatchObject({
      metricName: "DownstreamMs",
      statistic: "p99",
      dimensions,
    });
  });
});

it("McpGatewayStack has the gateway's outputs", () => {
  const stack = new McpGatewayStack(new App({ autoSynth: false }), "Stack", {
    stage: "prod",
    config: GatewayConfig.external(),
    description: "MCP",
  });
  expect(Object.keys(Template.fromStack(stack).toJSON()["Outputs"])).toEqual(
    expect.arrayContaining(["BaseUrl", "McpServerUrl", "MetadataUrl", "JwksUrl", "ExecuteApiUrl"]),
  );
  expect(Template.fromStack(stack).toJSON()["Description"]).toBe("MCP");
});
