// Converts an API Gateway proxy event to a request.

import type { APIGatewayProxyEvent } from "aws-lambda";
import type { GatewayRequest } from "../core/admit-request.ts";
import { traceparentOf } from "../core/trace-context.ts";
import { decodeUtf8 } from "../core/utf8.ts";
import { serverOf } from "../platform/event-fields.ts";
import { headerValues } from "../platform/event-headers.ts";

/**
 * Reads an event. Never throws: missing or invalid members are read as empty, and the request is then denied.
 *
 * @param event a REST API event of a Lambda proxy integration
 */
export function requestOf(event: Partial<APIGatewayProxyEvent> | null): GatewayRequest {
  const { httpMethod, multiValueHeaders } = event ?? {};
  const headers = headerValues(multiValueHeaders);
  if (!headers.has("traceparent")) {
    const traceparent = traceparentOf(headers.get("x-amzn-trace-id")?.at(-1));
    if (traceparent !== undefined) headers.set("traceparent", [traceparent]);
  }
  return {
    method: typeof httpMethod === "string" ? httpMethod : "",
    server: serverOf(event),
    headers,
    body: textBody(event ?? {}),
  };
}

function textBody({ body, isBase64Encoded }: Partial<APIGatewayProxyEvent>): string | undefined {
  if (typeof body !== "string") return undefined;
  // A lone surrogate has no UTF-8 encoding: the forwarded text would differ from the checked one.
  if (!isBase64Encoded) return body.isWellFormed() ? body : undefined;
  return decodeUtf8(Buffer.from(body, "base64"));
}
