// The three Lambda entry points as they are deployed: configured only by environment variables.
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { JsonService } from "../../local/ssm/json-service.ts";
import { ParameterStore } from "../../local/ssm/parameter-store.ts";
import { startSsm } from "../../local/ssm/ssm-service.ts";
import { configParameters } from "../support/gateway-config.ts";
import { authorizerEvent, proxyEvent } from "../support/gateway-events.ts";
import { installAwsLambda, openLambdaResponse } from "../support/lambda-response.ts";

let ssm: JsonService;

beforeAll(async () => {
  const parameters = new ParameterStore();
  for (const { name, text } of configParameters()) parameters.put(`/mcp-gateway/prod/${name}`, text);
  ssm = await startSsm(parameters);
  const environment = {
    AWS_ENDPOINT_URL_SSM: ssm.url,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    CONFIG_PREFIX: "/mcp-gateway/prod",
    PUBLIC_URL: "https://api.example.com/prod",
    AWS_LAMBDA_LOG_LEVEL: "FATAL",
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  installAwsLambda();
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await ssm.close();
});

it("the authorizer responds with 401 to a request without a valid token", async () => {
  const { handler } = await import("../../functions/authorizer/index.ts");
  await expect(handler(authorizerEvent({ headers: { Authorization: "Bearer x" } }))).rejects.toThrow(
    /^Unauthorized$/,
  );
});

it("the proxy responds with 403 to a request without a verified caller", async () => {
  const { handler } = await import("../../functions/proxy/index.ts");
  const stream = openLambdaResponse();
  await handler(proxyEvent({ body: "{}" }), stream, { getRemainingTimeInMillis: () => 900_000 } as never);
  expect(stream.received()).toMatchObject({
    status: 403,
    body: expect.stringContaining("principal_missing"),
  });
});

it("the metadata function says where to sign in", async () => {
  const { handler } = await import("../../functions/metadata/index.ts");
  const resource = "/.well-known/oauth-protected-resource";
  const response = await handler(proxyEvent({ method: "GET", resource }));
  expect(JSON.parse(response.body)).toMatchObject({ resource: "https://mcp.example.com" });
});
