// Every request of the proxy ends in exactly one audit line, whatever the event looks like.
import type { APIGatewayProxyEvent } from "aws-lambda";
import { expect, it } from "vitest";
import { createHttpClient } from "../../../functions/platform/http-client.ts";
import { createProxy } from "../../../functions/proxy/handler.ts";
import { configSnapshot, configStoreOf } from "../../support/gateway-config.ts";
import { proxyEvent } from "../../support/gateway-events.ts";
import { installAwsLambda, openLambdaResponse } from "../../support/lambda-response.ts";
import { contextOf, principalWith } from "../../support/principals.ts";
import { recordLog } from "../../support/recorded-log.ts";
import { NOW } from "../../support/tokens.ts";

const unexpected = async () => {
  throw new Error("not expected here");
};
const good = () => proxyEvent({ body: "{}", authorizer: contextOf(principalWith()) });

it.each<[string, () => unknown]>([
  ["null", () => null],
  ["an empty object", () => ({})],
  ["one without a request context", () => ({ ...good(), requestContext: null })],
  ["one without path parameters", () => ({ ...good(), pathParameters: null })],
  ["one without headers", () => ({ ...good(), headers: null, multiValueHeaders: null })],
  [
    "one with headers that are no lists",
    () => ({ ...good(), multiValueHeaders: { "X-Amzn-Trace-Id": 5, accept: "x" } }),
  ],
  ["one with a body that is not a string", () => ({ ...good(), body: { toString: 1 } })],
  ["one with a method that is not a string", () => ({ ...good(), httpMethod: {} })],
  ["one with a context that is a text", () => ({ ...good(), requestContext: { authorizer: "x" } })],
])(
  "an event that is not from API Gateway (%s) is denied, with one log line that has the reason",
  async (_name, event) => {
    installAwsLambda();
    const log = recordLog();
    const proxy = createProxy({
      config: configStoreOf(configSnapshot()),
      send: createHttpClient(),
      sign: unexpected,
      upstreamAuth: { apply: unexpected },
      sealedIds: { sealer: unexpected, opener: unexpected },
      countRequest: unexpected,
      publicUrl: "https://mcp.example.com",
      log,
      now: () => NOW,
    });
    const stream = openLambdaResponse();
    await proxy(event() as APIGatewayProxyEvent, stream, { getRemainingTimeInMillis: () => 900_000 });
    const { status, body } = stream.received();
    expect(status).toBeGreaterThanOrEqual(400);
    expect(log.lines.map(({ fields }) => fields)).toMatchObject([
      { decision: "deny", status, reason: JSON.parse(body).error.data.reason },
    ]);
  },
);
