import type { LambdaFunctionURLEvent } from "aws-lambda";
import { expect, it } from "vitest";
import { handler } from "../../../examples/whoami-on-aws/handler.ts";

function eventOf(body: string, isBase64Encoded = false): LambdaFunctionURLEvent {
  const http = { method: "POST", path: "/", protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "" };
  return {
    rawPath: "/",
    rawQueryString: "",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "x-user-claims": '{"sub":"U2alice"}',
      "x-absent": undefined,
    },
    requestContext: { domainName: "abc.lambda-url.eu-central-1.on.aws", http },
    body,
    isBase64Encoded,
  } as unknown as LambdaFunctionURLEvent;
}

const call = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: { name: "whoami", arguments: {} },
});

it.each([
  ["as text", eventOf(call)],
  ["in base64", eventOf(Buffer.from(call).toString("base64"), true)],
])("responds with the identity that arrived, to a body %s", async (_name, event) => {
  const result = await handler(event);
  const { statusCode, body } = result as { statusCode: number; body: string };
  expect(statusCode).toBe(200);
  expect(body).toContain('"claims":{"sub":"U2alice"}');
});

it("responds to a request without a body as the server does", async () => {
  const result = await handler({ ...eventOf(""), body: undefined } as unknown as LambdaFunctionURLEvent);
  expect((result as { statusCode: number }).statusCode).toBeGreaterThanOrEqual(400);
});
