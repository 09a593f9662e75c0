// The API's access log: one JSON line per request, written by API Gateway itself, so denied requests are in it too.
// API Gateway puts variables into the format as they are: no escaping is documented, and `$util` does not exist here. So each one is
// API Gateway's own word, a word of a closed set, or text that the authorizer bounded and escaped (core/safe-text.ts). Left out is what
// a client writes freely: path, query, protocol, Host, User-Agent, the messages of errors.
import { AccessLogFormat } from "aws-cdk-lib/aws-apigateway";

/** The fields of a line. A variable without a value is written as "-". */
const FIELDS = {
  // A client can choose the first with `X-Amzn-RequestId`, of letters that HTTP allows in a token; the second is API Gateway's alone.
  requestId: "$context.requestId",
  extendedRequestId: "$context.extendedRequestId",
  timeMs: "$context.requestTimeEpoch",
  // A token of HTTP (RFC 9110 §9.1): it holds no quote, backslash or control character.
  method: "$context.httpMethod",
  route: "$context.resourcePath",
  status: "$context.status",
  responseType: "$context.error.responseType",
  ip: "$context.identity.sourceIp",
  // The authorizer's: of an Allow in its context, of a Deny its reason alone.
  sub: "$context.authorizer.sub",
  server: "$context.authorizer.server",
  tenant: "$context.authorizer.tenant",
  clientId: "$context.authorizer.clientId",
  reason: "$context.authorizer.reason",
  authorizerStatus: "$context.authorizer.status",
  authorizerLatencyMs: "$context.authorizer.latency",
  integrationStatus: "$context.integration.status",
  transferMode: "$context.integration.responseTransferMode",
  headersMs: "$context.integration.timeToAllHeaders",
  firstByteMs: "$context.integration.timeToFirstContent",
  integrationLatencyMs: "$context.integration.latency",
  totalMs: "$context.responseLatency",
  responseBytes: "$context.responseLength",
};

/** API Gateway's format string for the fields above. */
export function accessLogFormat(): AccessLogFormat {
  return AccessLogFormat.custom(JSON.stringify(FIELDS));
}
