// Curation of members holds at the combined endpoint as at their own URLs.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { definitionHash } from "../../../functions/core/definition-hash.ts";
import { type CombinedUnderTest, startCombined } from "../../support/combined-under-test.ts";
import { sendMcp } from "../../support/mcp-request.ts";
import {
  jsonResult,
  messageOf,
  type Recorder,
  recordedValues,
  startRecorder,
} from "../../support/recorder-server.ts";

const SEARCH = { name: "search", inputSchema: { type: "object" } };
const DROP = { name: "drop", inputSchema: { type: "object" } };
const META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
};

let downstream: Recorder;
let combined: CombinedUnderTest;

beforeAll(async () => {
  downstream = await startRecorder();
  const { url } = downstream;
  const pin = { search: definitionHash(JSON.stringify(SEARCH)) };
  combined = await startCombined({
    servers: {
      notes: { url, tools: { rename: { search: "find" }, deny: ["drop"] } },
      pinned: { url, tools: { pin, allow: ["search"] } },
    },
  });
});
afterAll(async () => {
  await combined.close();
  await downstream.close();
});
beforeEach(() => downstream.reset());

async function send(method: string, params: Record<string, unknown> = {}) {
  const name = params["name"];
  const headers = ["MCP-Protocol-Version", "2026-07-28", "Mcp-Method", method];
  const response = await sendMcp(combined.url, {
    headers: typeof name === "string" ? [...headers, "Mcp-Name", name] : headers,
    body: { jsonrpc: "2.0", id: 5, method, params: { ...params, _meta: META } },
  });
  return JSON.parse(response.body.slice(response.body.indexOf("{")));
}

const listedNames = async () =>
  (await send("tools/list")).result.tools.map(({ name }: { name: string }) => name).sort();

describe("curated members of the combined endpoint", () => {
  it("list their tools by client names, without hidden ones", async () => {
    downstream.respondWith(jsonResult({ tools: [SEARCH, DROP] }));
    expect(await listedNames()).toEqual(["notes__find", "pinned__search"]);
  });

  it("are called by client names only, and their servers get their own", async () => {
    expect((await send("tools/call", { name: "notes__find" })).result).toBeDefined();
    const [request] = downstream.requests;
    expect(request && messageOf(request).params).toMatchObject({ name: "search" });
    expect(request && recordedValues(request, "mcp-name")).toEqual(["search"]);
    downstream.reset();
    for (const name of ["notes__search", "notes__drop", "pinned__drop"]) {
      const { error } = await send("tools/call", { name });
      expect(error).toMatchObject({ code: -32602, data: { reason: "unknown_name" } });
    }
    expect(downstream.requests).toEqual([]);
  });

  it("hide and deny a pinned tool after the list that shows its change", async () => {
    downstream.respondWith(jsonResult({ tools: [{ ...SEARCH, description: "new" }] }));
    expect(await listedNames()).toEqual(["notes__find"]);
    downstream.reset();
    expect((await send("tools/call", { name: "pinned__search" })).error.code).toBe(-32602);
    expect(downstream.requests).toEqual([]);
    downstream.respondWith(jsonResult({ tools: [SEARCH] }));
    expect(await listedNames()).toEqual(["notes__find", "pinned__search"]);
  });
});
