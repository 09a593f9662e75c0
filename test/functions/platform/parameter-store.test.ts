// Reads of Parameter Store through the SDK's client, against the Parameter Store stand-in.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createParameterReader, createSecretReader } from "../../../functions/platform/parameter-store.ts";
import { type JsonService, ServiceError } from "../../../local/ssm/json-service.ts";
import { ParameterStore } from "../../../local/ssm/parameter-store.ts";
import { startSsm } from "../../../local/ssm/ssm-service.ts";
import { loopbackSsm } from "../../support/loopback-ssm.ts";

let store: ParameterStore;
let ssm: JsonService;

beforeEach(async () => {
  store = new ParameterStore();
  ssm = await startSsm(store);
});
afterEach(() => ssm.close());

const fail = (...failures: ServiceError[]) => {
  ssm.intercept = () => {
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
  };
};
const THROTTLED = new ServiceError("ThrottlingException", "Rate exceeded");
const DENIED = new ServiceError("AccessDeniedException", "not authorized to perform: ssm:GetParameter");

describe("the parameter reader", () => {
  const read = () => createParameterReader(loopbackSsm(ssm.url), "/mcp-gateway/prod")();

  it("returns every parameter under the prefix by its relative name, with its version", async () => {
    store.put("/mcp-gateway/prod/gateway", "old");
    store.put("/mcp-gateway/prod/gateway", "{}");
    store.put("/mcp-gateway/prod/servers/tools", '{"url":"x"}');
    store.put("/mcp-gateway/production/gateway", "another stage's");
    expect(await read()).toEqual([
      { name: "gateway", version: 2, text: "{}" },
      { name: "servers/tools", version: 1, text: '{"url":"x"}' },
    ]);
  });

  it("reads all pages", async () => {
    for (let index = 0; index < 25; index += 1) store.put(`/mcp-gateway/prod/servers/s${index}`, "{}");
    expect(new Set((await read()).map(({ name }) => name)).size).toBe(25);
    expect(ssm.requests.get("GetParametersByPath")).toBe(3);
  });

  it("returns an empty list if there are no parameters", async () => {
    expect(await read()).toEqual([]);
  });

  it("retries if SSM throttles or fails", async () => {
    store.put("/mcp-gateway/prod/gateway", "{}");
    fail(THROTTLED, new ServiceError("InternalServerError", "", 500));
    expect(await read()).toHaveLength(1);
    expect(ssm.requests.get("GetParametersByPath")).toBe(3);
  });

  it("throws instead of returning a partial list if a later page fails", async () => {
    for (let index = 0; index < 25; index += 1) store.put(`/mcp-gateway/prod/servers/s${index}`, "{}");
    let pages = 0;
    ssm.intercept = () => {
      pages += 1;
      if (pages >= 3) throw DENIED;
    };
    await expect(read()).rejects.toMatchObject({ name: "AccessDeniedException" });
  });
});

describe("the secret reader", () => {
  const read = (name: string) => createSecretReader(loopbackSsm(ssm.url))(name);

  it("decrypts a SecureString", async () => {
    store.put("/key", "secret value", "SecureString");
    expect(await read("/key")).toBe("secret value");
  });

  it("throws for a parameter that does not exist, after one attempt", async () => {
    await expect(read("/other")).rejects.toMatchObject({ name: "ParameterNotFound" });
    expect(ssm.requests.get("GetParameter")).toBe(1);
  });

  it("throws if a permission is missing, after one attempt", async () => {
    fail(DENIED);
    await expect(read("/key")).rejects.toMatchObject({ name: "AccessDeniedException" });
    expect(ssm.requests.get("GetParameter")).toBe(1);
  });

  it("retries if SSM throttles or fails", async () => {
    store.put("/key", "secret value", "SecureString");
    fail(THROTTLED, new ServiceError("InternalServerError", "", 500));
    expect(await read("/key")).toBe("secret value");
    expect(ssm.requests.get("GetParameter")).toBe(3);
  });
});
