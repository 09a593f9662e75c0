// The API's access log: one JSON line per request, denied requests included, written by API Gateway itself.
// API Gateway does not escape the variables of the format, and `$util` does not exist here. So each variable is a value of API Gateway,
// a value from a closed set, or text that the authorizer limited and escaped (core/safe-text.ts). Values that a client chooses freely are
// omitted: path, query, protocol, Host, User-Agent, error messages.
import { AccessLogFormat } from "aws-cdk-lib/aws-apigateway";

/** The fields of a line. A variable without a value is written as "-". */
const FIELDS = {
  // A client can choose the first with `X-Amzn-RequestId` (token characters of HTTP only); the second is always API Gateway's.
  requestId: "$context.requestId",
  extendedRequestId: "$context.extendedRequestId",
  timeMs: "$context.requestTimeEpoch",
  // A token (RFC 9110 section 9.1) contains no quote, backslash or control character.
  method: "$context.httpMethod",
  route: "$context.resourcePath",
  status: "$context.status",
  responseType: "$context.error.responseType",
  ip: "$context.identity.sourceIp",
  // From the authorizer's context: all of them for an Allow, only the reason for a Deny.
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
