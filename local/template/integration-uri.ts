// The URI under which API Gateway invokes a Lambda function: `Invoke` or, for response streaming,
// `InvokeWithResponseStream`, with the date of the API version that belongs to it.
import { TemplateFault } from "./template-fault.ts";

const INVOKE =
  /^arn:aws:apigateway:[^:]+:lambda:path\/2015-03-31\/functions\/(arn:aws:lambda:[^/]+)\/invocations$/;
const INVOKE_WITH_STREAM =
  /^arn:aws:apigateway:[^:]+:lambda:path\/2021-11-15\/functions\/(arn:aws:lambda:[^/]+)\/response-streaming-invocations$/;

/** Reads the function from an integration's or authorizer's URI. @throws TemplateFault for any other URI. */
export function integrationFunction(uri: string, where: string): { functionArn: string; streaming: boolean } {
  const invoke = INVOKE.exec(uri)?.[1];
  if (invoke !== undefined) return { functionArn: invoke, streaming: false };
  const stream = INVOKE_WITH_STREAM.exec(uri)?.[1];
  if (stream !== undefined) return { functionArn: stream, streaming: true };
  throw new TemplateFault(where, `a Lambda invocation URI was expected, but it is ${uri}`);
}
