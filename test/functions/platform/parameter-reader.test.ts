import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createParameterReader } from "../../../functions/platform/parameter-reader.ts";
import { type JsonService, ServiceError } from "../../../infra/local/ssm/json-service.ts";
import { ParameterStore } from "../../../infra/local/ssm/parameter-store.ts";
import { startSsm } from "../../../infra/local/ssm/ssm-service.ts";
import { loopbackSsm } from "../../support/loopback-ssm.ts";

let store: ParameterStore;
let ssm: JsonService;

beforeEach(async () => {
  store = new ParameterStore();
  ssm = await startSsm(store);
});

afterEach(async () => {
  await ssm.close();
});

const read = () => createParameterReader("/mcp-gateway/prod", loopbackSsm(ssm.url))();

describe("the parameter reader", () => {
  it("gives every parameter under the prefix by its name there, with its version", async () => {
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

  it("gives nothing where there is nothing", async () => {
    expect(await read()).toEqual([]);
  });

  it("rejects rather than give a part where a later page fails", async () => {
    for (let index = 0; index < 25; index += 1) store.put(`/mcp-gateway/prod/servers/s${index}`, "{}");
    let pages = 0;
    ssm.intercept = () => {
      pages += 1;
      if (pages === 3) throw new ServiceError("ThrottlingException", "Rate exceeded");
    };
    await expect(read()).rejects.toMatchObject({ name: "ThrottlingException" });
  });
});
