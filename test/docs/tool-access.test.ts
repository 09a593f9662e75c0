// The worked example of docs/tool-access.md, as its commands run it: each person's list and calls.
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readConfigSource } from "../../infra/config-source.ts";
import { type Demo, startDemo } from "../../local/demo.ts";
import { type LocalGateway, startGateway } from "../../local/gateway.ts";
import { connectClient } from "../support/mcp-clients.ts";
import { ROOT } from "./markdown.ts";

const EXAMPLE = join(ROOT, "examples/tool-access");
let gateway: LocalGateway;
let demo: Demo | undefined;

beforeAll(async () => {
  gateway = await startGateway({
    configDir: EXAMPLE,
    port: 0,
    overlay: async (publicUrl) => {
      demo = await startDemo(readConfigSource(EXAMPLE), publicUrl, 0);
      return demo.overlay;
    },
  });
});
afterAll(async () => {
  await Promise.all([gateway?.close(), demo?.close()]);
});

async function as(user: "free" | "pro") {
  const token = await demo?.signIn.issueToken({ user });
  const requestInit = { headers: { Authorization: `Bearer ${token}` } };
  return connectClient(`${gateway.url}/whoami/mcp`, "2025-11-25", { transport: { requestInit } });
}

it("hides the pro tool from a free user, and responds to a call as to an unknown tool", async () => {
  const client = await as("free");
  expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(["whoami", "greet"]);
  await expect(client.callTool({ name: "pro_report", arguments: {} })).rejects.toMatchObject({
    code: -32602,
  });
  await client.close();
});

it("lists the pro tool for a pro user, and allows its call", async () => {
  const client = await as("pro");
  expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(["whoami", "greet", "pro_report"]);
  const { content } = await client.callTool({ name: "pro_report", arguments: {} });
  expect(JSON.stringify(content)).toContain("all is well");
  await client.close();
});
