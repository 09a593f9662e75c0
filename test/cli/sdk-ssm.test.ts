// Parameter Store through the SDK's client, as the command line reads it.
import { SSMClient } from "@aws-sdk/client-ssm";
import { afterEach, beforeEach, expect, it } from "vitest";
import { sdkSsm } from "../../cli/sdk-ssm.ts";
import type { JsonService } from "../../infra/local/ssm/json-service.ts";
import { ParameterStore } from "../../infra/local/ssm/parameter-store.ts";
import { startSsm } from "../../infra/local/ssm/ssm-service.ts";

let service: JsonService;
let client: SSMClient;

beforeEach(async () => {
  const parameters = new ParameterStore();
  parameters.put("/prod/a", "A");
  parameters.put("/prod/deep/b", "B", "SecureString");
  service = await startSsm(parameters);
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  client = new SSMClient({ endpoint: service.url, region: "us-east-1", credentials });
});
afterEach(async () => {
  client.destroy();
  await service.close();
});

it("reads pages of parameters", async () => {
  const page = await sdkSsm(client).getParametersByPath({ Path: "/prod", Recursive: true, MaxResults: 1 });
  expect(page.Parameters).toMatchObject([{ Name: "/prod/a", Value: "A", Version: 1 }]);
  expect(page.NextToken).toEqual(expect.any(String));
});

it("reads one parameter in the clear", async () => {
  const { Parameter } = await sdkSsm(client).getParameter({ Name: "/prod/deep/b", WithDecryption: true });
  expect(Parameter?.Value).toBe("B");
});

it("ends with the signal", async () => {
  const ssm = sdkSsm(client);
  const signal = AbortSignal.abort();
  await expect(ssm.getParameter({ Name: "/prod/a" }, signal)).rejects.toMatchObject({ name: "AbortError" });
  await expect(ssm.getParametersByPath({ Path: "/prod" }, signal)).rejects.toMatchObject({
    name: "AbortError",
  });
  expect(service.requests.size).toBe(0);
});
