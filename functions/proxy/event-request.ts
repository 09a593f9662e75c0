// An API Gateway proxy event as a request of the gateway's own form. The only place in the proxy that knows the event.
import type { APIGatewayProxyEvent } from "aws-lambda";
import type { GatewayRequest } from "../core/admit-request.ts";
import { traceparentOf } from "../core/trace-context.ts";
import { headerValues } from "../platform/event-headers.ts";

/**
 * Reads an event.
 *
 * @param event a REST API event of a Lambda proxy integration
 */
export function requestOf(event: APIGatewayProxyEvent): GatewayRequest {
  const headers = headerValues(event.multiValueHeaders);
  if (!headers.has("traceparent")) {
    const traceparent = traceparentOf(headers.get("x-amzn-trace-id")?.at(-1));
    if (traceparent !== undefined) headers.set("traceparent", [traceparent]);
  }
  return {
    method: event.httpMethod,
    server: event.pathParameters?.["server"] ?? "",
    headers,
    body: textBody(event),
  };
}

function textBody({ body, isBase64Encoded }: APIGatewayProxyEvent): string | undefined {
  if (body === null || body === undefined) return undefined;
  if (!isBase64Encoded) return body;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(body, "base64"));
  } catch {
    return undefined;
  }
}
