// `upstream_auth` of type `sigv4`: the request is signed with the proxy's execution role.
import * as v from "valibot";
import { quoteText } from "../faults.ts";
import { checkedText, closedObject, optionalKey, requiredKey } from "../fields.ts";

const SERVICE = /^[a-z0-9-]{1,64}$/;
const ARN = /^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:\d{12}:[A-Za-z0-9_.:/$-]+$/;
const REGION = /^[a-z]{2}(?:-[a-z]+)+-\d$/;
const RUNTIME_ARN =
  /^arn:(aws[a-z-]*):bedrock-agentcore:([a-z]{2}(?:-[a-z]+)+-\d):\d{12}:runtime\/[A-Za-z0-9_-]{1,100}$/;
/** AWS service and Region in a host name: `id.lambda-url.eu-central-1.on.aws`, `id.execute-api.eu-central-1.amazonaws.com`. */
const AWS_HOST =
  /(?:^|\.)([a-z0-9-]+)\.([a-z]{2}(?:-[a-z]+)+-\d)\.(?:on\.aws|api\.aws|amazonaws\.com(?:\.cn)?)$/;

export const sigv4Schema = closedObject({
  type: requiredKey(v.literal("sigv4"), {
    description: "Signs each request with AWS Signature Version 4.",
    examples: ["sigv4"],
    source: "AWS",
  }),
  service: optionalKey(
    checkedText("an AWS service name", (text) =>
      SERVICE.test(text)
        ? undefined
        : `expected an AWS service name such as "lambda", got ${quoteText(text)}.`,
    ),
    {
      description:
        "AWS service that requests are signed for: `lambda` (function URL), `bedrock-agentcore`, `execute-api`, `vpc-lattice-svcs` or any other.",
      examples: ["lambda"],
      source: "AWS",
      defaultNote: "derived from the host name of `url`, if possible",
    },
  ),
  region: optionalKey(
    checkedText("an AWS Region", (text) =>
      REGION.test(text)
        ? undefined
        : `expected an AWS Region such as "eu-central-1", got ${quoteText(text)}.`,
    ),
    {
      description: "AWS Region that requests are signed for.",
      examples: ["eu-central-1"],
      source: "AWS",
      defaultNote: "the Region in the host name of `url`, else the gateway's",
    },
  ),
  resource_arn: optionalKey(
    checkedText("an ARN", (text) =>
      ARN.test(text)
        ? undefined
        : `expected an ARN without wildcards, such as "arn:aws:lambda:eu-central-1:111122223333:function:tools", got ${quoteText(text)}.`,
    ),
    {
      description:
        "ARN of the function behind a function URL, or of a VPC Lattice service, because the URL does not contain it. The stack grants the gateway's role access to it. Not used at run time.",
      examples: ["arn:aws:lambda:eu-central-1:111122223333:function:tools"],
      source: "AWS",
      defaultNote: "derived from `url`; synthesis reports an error if that is not possible",
    },
  ),
  agentcore_runtime_arn: optionalKey(
    checkedText("the ARN of an AgentCore Runtime", (text) =>
      RUNTIME_ARN.test(text)
        ? undefined
        : `expected the ARN of an AgentCore Runtime such as "arn:aws:bedrock-agentcore:eu-central-1:111122223333:runtime/tools-AbCdEf1234", got ${quoteText(text)}.`,
    ),
    {
      description:
        "Amazon Bedrock AgentCore Runtime that runs the server. `url` may be omitted; it is derived from the ARN.",
      examples: ["arn:aws:bedrock-agentcore:eu-central-1:111122223333:runtime/tools-AbCdEf1234"],
      source: "AWS",
    },
  ),
});

export type Sigv4Block = v.InferOutput<typeof sigv4Schema>;

/** AWS service and Region in a host name; undefined if it is not an AWS host. */
export function awsHost(hostname: string): { service: string; region: string } | undefined {
  const found = AWS_HOST.exec(hostname);
  if (found === null) return undefined;
  const [service, region] = found.slice(1) as [string, string];
  return { service: service === "lambda-url" ? "lambda" : service, region };
}

/**
 * The MCP endpoint of an AgentCore Runtime.
 *
 * @param arn its checked ARN
 * @see https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-mcp.html
 */
export function agentCoreUrl(arn: string): string {
  const [, partition, , region] = arn.split(":");
  const host = `bedrock-agentcore.${region}.${partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com"}`;
  return `https://${host}/runtimes/${encodeURIComponent(arn)}/invocations?qualifier=DEFAULT`;
}

/** Whether a URL is that of an AgentCore Runtime. */
export function isAgentCoreUrl(url: string): boolean {
  return /^\/runtimes\/[^/]+\/invocations\/?$/.test(new URL(url).pathname);
}
