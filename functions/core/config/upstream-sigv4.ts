// `upstream_auth` of the type `sigv4`: the request is signed with the proxy's execution role.
import * as v from "valibot";
import { quoteText } from "./faults.ts";
import { checkedText, closedObject, notes } from "./fields.ts";

const SERVICE = /^[a-z0-9-]{1,64}$/;
const ARN = /^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:\d{12}:[A-Za-z0-9_.:/$-]+$/;
const REGION = /^[a-z]{2}(?:-[a-z]+)+-\d$/;
const RUNTIME_ARN =
  /^arn:(aws[a-z-]*):bedrock-agentcore:([a-z]{2}(?:-[a-z]+)+-\d):\d{12}:runtime\/[A-Za-z0-9_-]{1,100}$/;
/** AWS service and Region in a host name: `id.lambda-url.eu-central-1.on.aws`, `id.execute-api.eu-central-1.amazonaws.com`. */
const AWS_HOST =
  /(?:^|\.)([a-z0-9-]+)\.([a-z]{2}(?:-[a-z]+)+-\d)\.(?:on\.aws|api\.aws|amazonaws\.com(?:\.cn)?)$/;

/** The block. */
export const sigv4Schema = closedObject({
  type: v.pipe(
    v.literal("sigv4"),
    notes({
      description: "Signs each request with AWS Signature Version 4.",
      examples: ["sigv4"],
      source: "AWS",
    }),
  ),
  service: v.optional(
    v.pipe(
      checkedText("an AWS service name", (text) =>
        SERVICE.test(text)
          ? undefined
          : `expected the AWS service name that is signed for, such as "lambda", got ${quoteText(text)}.`,
      ),
      notes({
        description:
          "Service that is signed for: `lambda` (function URL), `bedrock-agentcore`, `execute-api`, `vpc-lattice-svcs` or any other.",
        examples: ["lambda"],
        source: "AWS",
        defaultNote: "by the host name of `url`, where it says it",
      }),
    ),
  ),
  region: v.optional(
    v.pipe(
      checkedText("an AWS Region", (text) =>
        REGION.test(text)
          ? undefined
          : `expected an AWS Region such as "eu-central-1", got ${quoteText(text)}.`,
      ),
      notes({
        description: "Region that is signed for.",
        examples: ["eu-central-1"],
        source: "AWS",
        defaultNote: "the one in the host name of `url`, else the gateway's own",
      }),
    ),
  ),
  resource_arn: v.optional(
    v.pipe(
      checkedText("an ARN", (text) =>
        ARN.test(text)
          ? undefined
          : `expected the ARN of what is called, without wildcards, such as "arn:aws:lambda:eu-central-1:111122223333:function:tools", got ${quoteText(text)}.`,
      ),
      notes({
        description:
          "What is called, where the URL does not say it: the function behind a function URL, or a VPC Lattice service. The stack grants the gateway's role access to it; not read by the gateway.",
        examples: ["arn:aws:lambda:eu-central-1:111122223333:function:tools"],
        source: "AWS",
        defaultNote: "what `url` names; the synthesis says where it names nothing",
      }),
    ),
  ),
  agentcore_runtime_arn: v.optional(
    v.pipe(
      checkedText("the ARN of an AgentCore Runtime", (text) =>
        RUNTIME_ARN.test(text)
          ? undefined
          : `expected the ARN of an AgentCore Runtime such as "arn:aws:bedrock-agentcore:eu-central-1:111122223333:runtime/tools-AbCdEf1234", got ${quoteText(text)}.`,
      ),
      notes({
        description:
          "Amazon Bedrock AgentCore Runtime that runs the server. `url` is then built from it and may be left out.",
        examples: ["arn:aws:bedrock-agentcore:eu-central-1:111122223333:runtime/tools-AbCdEf1234"],
        source: "AWS",
      }),
    ),
  ),
});

/** The block as checked. */
export type Sigv4Block = v.InferOutput<typeof sigv4Schema>;

/** What a host name says of the service behind it; undefined where it is not one of AWS. */
export function awsHost(hostname: string): { service: string; region: string } | undefined {
  const found = AWS_HOST.exec(hostname);
  if (found === null) return undefined;
  const [service, region] = found.slice(1) as [string, string];
  return { service: service === "lambda-url" ? "lambda" : service, region };
}

/**
 * The URL at which an AgentCore Runtime takes MCP requests.
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
