// The API's access log: one JSON line per request, written by API Gateway itself, so refused requests are in it too.
// It names who called and what was decided. Nothing that a caller without a token could fill in as free text is logged
// (path, query, headers): API Gateway is not documented to escape it, so it could forge fields.
import { AccessLogFormat } from "aws-cdk-lib/aws-apigateway";

/** The fields of a line. A variable without a value is written as "-". */
const FIELDS = {
  requestId: "$context.requestId",
  timeMs: "$context.requestTimeEpoch",
  method: "$context.httpMethod",
  route: "$context.resourcePath",
  status: "$context.status",
  responseType: "$context.error.responseType",
  ip: "$context.identity.sourceIp",
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
