import { Annotations, Match } from "aws-cdk-lib/assertions";
import { describe, expect, it } from "vitest";
import { addGateway, newApp } from "../../../infra/gateway-app.ts";
import { roleStatements } from "../../support/iam-statements.ts";
import { configSource, synthesise } from "../../support/synthesised-template.ts";

const RUNTIME = "arn:aws:bedrock-agentcore:eu-central-1:111122223333:runtime/tools-AbCdEf1234";
const FUNCTION = "arn:aws:lambda:eu-central-1:111122223333:function:tools";
const FUNCTION_URL = "https://abc123.lambda-url.eu-central-1.on.aws/mcp";

/** The permissions of the proxy for its servers. */
function grantsFor(notes: object): string[] {
  const statements = roleStatements(synthesise({ configSource: configSource({}, { notes }) }));
  const proxy = Object.entries(statements).find(([role]) => role.includes("ProxyRole"))?.[1] ?? [];
  const known = Object.values(roleStatements(synthesise())).flat();
  return proxy.filter((line) => !known.includes(line));
}

describe("the permissions of the proxy for servers that require IAM authorization", () => {
  it("are both permissions of a function URL, on the function that the block names", () => {
    const upstream_auth = { type: "sigv4", resource_arn: FUNCTION };
    expect(grantsFor({ url: FUNCTION_URL, upstream_auth })).toEqual([
      `undefined: Allow lambda:InvokeFunctionUrl on ${FUNCTION} if StringEquals lambda:FunctionUrlAuthType AWS_IAM`,
      `undefined: Allow lambda:InvokeFunction on ${FUNCTION} if Bool lambda:InvokedViaFunctionUrl true`,
    ]);
  });

  it.each([
    ["its ARN", { url: undefined, upstream_auth: { type: "sigv4", agentcore_runtime_arn: RUNTIME } }],
    [
      "its URL",
      {
        url: `https://bedrock-agentcore.eu-central-1.amazonaws.com/runtimes/${encodeURIComponent(RUNTIME)}/invocations`,
        upstream_auth: { type: "sigv4" },
      },
    ],
  ])("are the runtime and its endpoint for an AgentCore Runtime named by %s", (_, notes) => {
    expect(grantsFor(notes)).toEqual([
      `undefined: Allow bedrock-agentcore:InvokeAgentRuntime on ${RUNTIME},${RUNTIME}/runtime-endpoint/DEFAULT`,
    ]);
  });

  it("are the gateway for an AgentCore Gateway", () => {
    const url = "https://tools-x1.gateway.bedrock-agentcore.us-east-1.amazonaws.com/mcp";
    expect(grantsFor({ url, upstream_auth: { type: "sigv4" } })).toEqual([
      "undefined: Allow bedrock-agentcore:InvokeGateway on arn:<AWS::Partition>:bedrock-agentcore:us-east-1:<AWS::AccountId>:gateway/tools-x1",
    ]);
  });

  it("are the three methods of one path for an API", () => {
    const url = "https://abc123.execute-api.eu-west-1.amazonaws.com/prod/tools/mcp";
    const api = "arn:<AWS::Partition>:execute-api:eu-west-1:<AWS::AccountId>:abc123/prod";
    expect(grantsFor({ url, upstream_auth: { type: "sigv4" } })).toEqual([
      `undefined: Allow execute-api:Invoke on ${api}/DELETE/tools/mcp,${api}/GET/tools/mcp,${api}/POST/tools/mcp`,
    ]);
  });

  it("are one path of a VPC Lattice service that the block names", () => {
    const service = "arn:aws:vpc-lattice:eu-central-1:111122223333:service/svc-0123456789abcdef0";
    const upstream_auth = { type: "sigv4", service: "vpc-lattice-svcs", resource_arn: service };
    expect(grantsFor({ url: "https://tools.internal.example/mcp", upstream_auth })).toEqual([
      `undefined: Allow vpc-lattice-svcs:Invoke on ${service}/mcp`,
    ]);
  });

  it("include every tenant's target, and are empty if nothing is signed", () => {
    const tenants = { T1: { upstream_auth: { type: "sigv4", agentcore_runtime_arn: RUNTIME } } };
    expect(grantsFor({ tenants })).toHaveLength(1);
    expect(grantsFor({})).toEqual([]);
  });

  it.each([
    [
      "a function URL",
      { url: FUNCTION_URL, upstream_auth: { type: "sigv4" } },
      'notes: requests to abc123.lambda-url.eu-central-1.on.aws are signed, but the ARN of the target is unknown. Grant the proxy\'s role lambda:InvokeFunctionUrl and lambda:InvokeFunction on the function behind the URL, or name it as "resource_arn".',
    ],
    [
      "an API's own domain",
      { url: "https://tools.example.com/mcp", upstream_auth: { type: "sigv4", service: "execute-api" } },
      "notes: requests to tools.example.com are signed, but the ARN of the target is unknown. Grant the proxy's role execute-api:Invoke on the API behind the domain.",
    ],
    [
      "an AgentCore address of another kind",
      {
        url: "https://tools.example.com/mcp",
        upstream_auth: { type: "sigv4", service: "bedrock-agentcore" },
      },
      'notes: requests to tools.example.com are signed, but the ARN of the target is unknown. Grant the proxy\'s role bedrock-agentcore:InvokeAgentRuntime on the runtime, or name it as "agentcore_runtime_arn".',
    ],
    [
      "a VPC Lattice service",
      { url: "https://tools.example.com/mcp", upstream_auth: { type: "sigv4", service: "vpc-lattice-svcs" } },
      'notes: requests to tools.example.com are signed, but the ARN of the target is unknown. Grant the proxy\'s role vpc-lattice-svcs:Invoke on the service, or name it as "resource_arn".',
    ],
    [
      "any other service",
      { url: "https://tools.example.com/mcp", upstream_auth: { type: "sigv4", service: "appsync" } },
      "notes: requests to tools.example.com are signed, but the ARN of the target is unknown. Grant the proxy's role the permissions that the service appsync requires.",
    ],
  ])("cause a warning at synthesis if they are unknown: %s", (_, notes, advice) => {
    const stack = addGateway(newApp(), { stage: "dev", configSource: configSource({}, { notes }) });
    const told = Annotations.fromStack(stack).findInfo("*", Match.anyValue());
    expect(told.map(({ entry }) => entry.data)).toContain(`${advice} [ack: mcp-gateway:grantUpstream:notes]`);
    expect(grantsFor(notes)).toEqual([]);
  });
});
