import { createContext, runInContext } from "node:vm";
import { App, Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import { HostedZone } from "aws-cdk-lib/aws-route53";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { newCheckedApp } from "../../../infra/checked-app.ts";
import { CHALLENGE_HEADER_CODE } from "../../../infra/constructs/challenge-header.ts";
import { addGateway } from "../../../infra/gateway-app.ts";
import { GatewayConfig, GatewayWebAcl, McpGateway, type McpGatewayProps } from "../../../infra/index.ts";
import { reportedWarnings } from "../../../infra/validation-report.ts";
import { flat, resources } from "../../support/synthesised-template.ts";

const CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/0f5b8a3e";

function edgeStack(
  region: string | undefined,
  props: (stack: Stack) => Partial<McpGatewayProps> = () => ({}),
) {
  const app = new App({
    autoSynth: false,
    context: { "@aws-cdk/aws-lambda:useCdkManagedLogGroup": true },
  });
  const stack = new Stack(
    app,
    "Stack",
    region === undefined ? {} : { env: { account: "111122223333", region } },
  );
  const gateway = new McpGateway(stack, "Gateway", {
    stage: "prod",
    config: GatewayConfig.external(),
    edge: "cloudfront",
    ...props(stack),
  });
  return { app, stack, gateway, template: () => Template.fromStack(stack) };
}

describe("a gateway with CloudFront in front", () => {
  const { template: synth } = edgeStack("us-east-1");
  const template = synth();
  const { DistributionConfig } = Object.values(resources(template, "AWS::CloudFront::Distribution"))[0] as {
    DistributionConfig: { DefaultCacheBehavior: Record<string, unknown>; Origins: Record<string, unknown>[] };
  };

  it("forwards every method and header and caches nothing", () => {
    expect(DistributionConfig.DefaultCacheBehavior).toMatchObject({
      AllowedMethods: ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"],
      // AWS's managed policies CachingDisabled and AllViewerExceptHostHeader.
      CachePolicyId: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
      OriginRequestPolicyId: "b689b0a8-53d0-40ab-baf2-68738e2966ac",
      ViewerProtocolPolicy: "https-only",
      Compress: false,
    });
  });

  it("sends requests to the stage once, and waits two minutes between packets", () => {
    expect(DistributionConfig.Origins).toMatchObject([
      {
        OriginPath: "/prod",
        ConnectionAttempts: 1,
        CustomOriginConfig: { OriginReadTimeout: 120, OriginProtocolPolicy: "https-only" },
      },
    ]);
  });

  it("closes the API to everybody who does not send the distribution's secret", () => {
    const [{ Policy } = {}] = Object.values(resources(template, "AWS::ApiGateway::RestApi")) as {
      Policy?: { Statement: { Effect: string; Condition?: { StringNotEquals: Record<string, unknown> } }[] };
    }[];
    const [allow, deny] = Policy?.Statement ?? [];
    const [origin] = DistributionConfig.Origins as {
      OriginCustomHeaders: { HeaderName: string; HeaderValue: unknown }[];
    }[];
    expect(allow).toMatchObject({ Effect: "Allow", Principal: { AWS: "*" }, Action: "execute-api:Invoke" });
    expect(deny?.Effect).toBe("Deny");
    expect(origin?.OriginCustomHeaders).toEqual([
      { HeaderName: "Referer", HeaderValue: deny?.Condition?.StringNotEquals["aws:Referer"] },
    ]);
    expect(flat(origin?.OriginCustomHeaders[0]?.HeaderValue)).toBe(
      "{{resolve:secretsmanager:<GatewayOriginSecret>:SecretString:::}}",
    );
  });

  it("has CloudFront's host as its URL, without a path, everywhere", () => {
    const urls = Object.values(resources(template, "AWS::Lambda::Function"))
      .map(
        ({ Environment }) =>
          (Environment as { Variables?: { PUBLIC_URL?: unknown } } | undefined)?.Variables?.PUBLIC_URL,
      )
      .filter((url) => url !== undefined);
    expect(urls.map(flat)).toEqual(Array(3).fill("https://<GatewayEdgeDistribution.DomainName>"));
    template.hasResourceProperties("AWS::ApiGateway::GatewayResponse", {
      ResponseType: "UNAUTHORIZED",
      ResponseParameters: Match.objectLike({ "gatewayresponse.header.WWW-Authenticate": Match.anyValue() }),
    });
  });

  it("runs the header function on responses of the origin, which CloudFront does for errors too", () => {
    expect(DistributionConfig.DefaultCacheBehavior["LambdaFunctionAssociations"]).toMatchObject([
      { EventType: "origin-response" },
    ]);
  });
});

describe("the header function", () => {
  const run = async (headers: Record<string, { value: string }[]>) => {
    const exported: { handler?: (event: object) => Promise<{ headers: object }> } = {};
    runInContext(CHALLENGE_HEADER_CODE, createContext({ exports: exported }));
    return (await exported.handler?.({ Records: [{ cf: { response: { headers } } }] }))?.headers;
  };

  it("restores the name of a renamed challenge", async () => {
    const value = 'Bearer error="insufficient_scope", scope="a b"';
    expect(await run({ "x-amzn-remapped-www-authenticate": [{ value }] })).toEqual({
      "www-authenticate": [{ key: "WWW-Authenticate", value }],
    });
  });

  it("does not change other responses", async () => {
    const headers = { "www-authenticate": [{ value: "Bearer realm" }], date: [{ value: "now" }] };
    expect(await run(headers)).toEqual(headers);
  });
});

describe("an edge", () => {
  it("has the domain's name, its certificate and its records", () => {
    const { gateway, template } = edgeStack("us-east-1", (stack) => ({
      domainName: "mcp.acme.com",
      certificate: Certificate.fromCertificateArn(stack, "Certificate", CERTIFICATE),
      hostedZone: HostedZone.fromHostedZoneAttributes(stack, "Zone", {
        hostedZoneId: "Z1",
        zoneName: "acme.com",
      }),
    }));
    expect(gateway.publicUrl).toBe("https://mcp.acme.com");
    const made = template();
    made.resourceCountIs("AWS::ApiGateway::DomainName", 0);
    made.resourceCountIs("AWS::Route53::RecordSet", 2);
    made.hasResourceProperties("AWS::CloudFront::Distribution", {
      DistributionConfig: {
        Aliases: ["mcp.acme.com"],
        ViewerCertificate: { AcmCertificateArn: CERTIFICATE },
      },
    });
  });

  it("has its function in us-east-1 if the stack is in another Region", () => {
    const { app } = edgeStack("eu-central-1");
    expect(app.node.children.map((child) => (child as Stack).region)).toEqual(["eu-central-1", "us-east-1"]);
  });

  it.each(["us-east-1", "eu-central-1"])(
    "gives its function no permissions and no log group, with the stack in %s",
    (region) => {
      const { app } = edgeStack(region);
      const stack = app.node.children.find((child) => (child as Stack).region === "us-east-1") as Stack;
      const all: Record<string, { Type: string; Properties: object }> =
        Template.fromStack(stack).toJSON()["Resources"];
      const named = Object.keys(all).filter((id) => id.includes("ChallengeHeader"));
      expect(named.map((id) => all[id]?.Type).sort()).toEqual([
        "AWS::IAM::Role",
        "AWS::Lambda::Function",
        "AWS::Lambda::Version",
        ...(region === "us-east-1" ? [] : ["AWS::SSM::Parameter"]),
      ]);
      const role = named.map((id) => all[id]).find((resource) => resource?.Type === "AWS::IAM::Role");
      expect(role?.Properties).toHaveProperty("AssumeRolePolicyDocument");
      expect(role?.Properties).not.toHaveProperty("ManagedPolicyArns");
      expect(role?.Properties).not.toHaveProperty("Policies");
    },
  );

  it("associates its web ACL with CloudFront and not with the API", () => {
    const made = edgeStack("us-east-1", () => ({ webAcl: GatewayWebAcl.rules() })).template();
    made.hasResourceProperties("AWS::WAFv2::WebACL", { Scope: "CLOUDFRONT" });
    made.resourceCountIs("AWS::WAFv2::WebACLAssociation", 0);
  });

  it.each<[string, string | undefined, (stack: Stack) => Partial<McpGatewayProps>, string]>([
    ["a stack without a Region", undefined, () => ({}), "edge needs the stack's Region"],
    [
      "rules of a web ACL elsewhere",
      "eu-central-1",
      () => ({ webAcl: GatewayWebAcl.rules() }),
      "must be in us-east-1",
    ],
    [
      "a certificate elsewhere",
      "eu-central-1",
      (stack) => ({
        domainName: "mcp.acme.com",
        certificate: Certificate.fromCertificateArn(
          stack,
          "C",
          CERTIFICATE.replace("us-east-1", "eu-central-1"),
        ),
      }),
      "the certificate must be in us-east-1, where CloudFront reads it, but is in eu-central-1",
    ],
  ])("rejects %s", (_what, region, props, message) => {
    expect(() => edgeStack(region, props)).toThrow(message);
  });
});

describe("the checks of a synthesis with edge", () => {
  it.each(["us-east-1", "eu-central-1"])("have no finding for a stack in %s", (region) => {
    vi.stubEnv("CDK_DEFAULT_ACCOUNT", "111122223333");
    vi.stubEnv("CDK_DEFAULT_REGION", region);
    onTestFinished(() => void vi.unstubAllEnvs());
    const app = newCheckedApp();
    addGateway(app, { stage: "prod", configSource: undefined, edge: "cloudfront" });
    expect(reportedWarnings(app.synth().directory)).toEqual([]);
  });
});
