// Curation through the whole proxy: what the server receives, what the client gets, and what the audit line says.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { definitionHash } from "../../../functions/core/definition-hash.ts";
import { createRequestMetrics } from "../../../functions/platform/request-metrics.ts";
import { type ProxyOptions, proxyTo } from "../../support/proxy-under-test.ts";
import {
  jsonResult,
  messageOf,
  type Recorder,
  type Responder,
  recordedValues,
  sseResult,
  startRecorder,
} from "../../support/recorder-server.ts";

let downstream: Recorder;
beforeEach(async () => {
  downstream = await startRecorder();
});
afterEach(() => downstream.close());

const SEARCH = { name: "search", description: "Searches.", inputSchema: { type: "object" } };
const PIN = definitionHash(JSON.stringify(SEARCH)) as string;

const messageFor = (method: string, params: object) =>
  JSON.stringify({ jsonrpc: "2.0", id: 7, method, params });

function proxyWith(tools: Record<string, unknown>, more: ProxyOptions = {}) {
  const proxy = proxyTo(downstream.url, { ...more, tools: { tools, ...more.tools } });
  const send = (method: string, params: object = {}, headers: Record<string, string> = {}) =>
    proxy.send({ headers, body: messageFor(method, params) });
  return { ...proxy, send };
}

const sentParams = () => downstream.requests.map((request) => messageOf(request).params);

describe("a renamed tool", () => {
  const RENAMED = { rename: { search: "find" } };

  it("is called by its client name, and the server receives its own in body and header", async () => {
    const { send } = proxyWith(RENAMED);
    const { status, audit } = await send("tools/call", { name: "find" }, { "Mcp-Name": "find" });
    expect(status).toBe(200);
    expect(sentParams()).toEqual([{ name: "search" }]);
    expect(downstream.requests.map((request) => recordedValues(request, "mcp-name"))).toEqual([["search"]]);
    expect(audit).toMatchObject({ mcp_name: "search", mcp_client_name: "find", decision: "allow" });
  });

  it("is unknown by the server's name, in the words for a tool that does not exist", async () => {
    const { send } = proxyWith(RENAMED);
    const { json, audit } = await send("tools/call", { name: "search" });
    expect(json.error).toMatchObject({ code: -32602, message: "Unknown tool: search" });
    expect(audit).toMatchObject({
      reason: "tool_denied",
      denied_name: "search",
      denied_setting: "tools.rename",
      mcp_client_name: "search",
    });
    expect(downstream.requests).toEqual([]);
  });

  it("is denied if the header has the other name", async () => {
    const { send } = proxyWith(RENAMED);
    for (const [name, header] of [
      ["find", "search"],
      ["search", "find"],
    ] as const) {
      const { json } = await send("tools/call", { name }, { "Mcp-Name": header });
      expect(json.error.data.reason).toBe("header_mismatch");
    }
    expect(downstream.requests).toEqual([]);
  });

  it("is listed by its client name, in JSON and in an event stream", async () => {
    const { send } = proxyWith({ ...RENAMED, describe: { search: { title: "Find" } } });
    const expected = [{ ...SEARCH, name: "find", title: "Find" }];
    downstream.respondWith(jsonResult({ tools: [SEARCH, { name: "find" }] }));
    expect((await send("tools/list")).json.result.tools).toEqual(expected);
    downstream.respondWith(sseResult({ tools: [SEARCH] }));
    const { body } = await send("tools/list");
    expect(JSON.parse(body.slice(body.indexOf("{"))).result.tools).toEqual(expected);
  });

  it("keeps the rules of the server's name", async () => {
    const rules = { search: { required_claims: { tier: { values: "pro" } } } };
    const { send } = proxyWith(RENAMED, { tools: { tool_authorization: rules } });
    const { json, audit } = await send("tools/call", { name: "find" });
    expect(json.error.message).toBe("Unknown tool: find");
    expect(audit).toMatchObject({ denied_name: "search", denied_rule: "search", denied_claim: "tier" });
  });

  it("denies access to its tasks once it is hidden", async () => {
    const task = { resultType: "task", taskId: "t1", status: "working", ttlMs: null };
    const capabilities = { extensions: { "io.modelcontextprotocol/tasks": {} } };
    const meta = { _meta: { "io.modelcontextprotocol/clientCapabilities": capabilities } };
    downstream.respondWith(jsonResult(task));
    const { json } = await proxyWith(RENAMED).send("tools/call", { name: "find", ...meta });
    const { taskId } = json.result;
    expect((await proxyWith(RENAMED).send("tasks/get", { taskId })).json.result.taskId).toBe(taskId);
    const denied = await proxyWith({ ...RENAMED, deny: ["search"] }).send("tasks/get", { taskId });
    expect(denied.json.error.data.reason).toBe("unknown_name");
    expect(denied.audit).toMatchObject({ denied_name: "search", denied_setting: "tools.deny" });
    expect(sentParams().slice(1)).toEqual([{ taskId: "t1" }]);
  });

  it("is completed as a prompt by its client name", async () => {
    const prompts = { rename: { summary: "sum" } };
    const { send } = proxyWith({}, { tools: { prompts } });
    await send("completion/complete", { ref: { type: "ref/prompt", name: "sum" } });
    expect(sentParams()).toEqual([{ ref: { type: "ref/prompt", name: "summary" } }]);
  });

  it("has its client name in the error of a rate limit", async () => {
    const rate_limits = [{ name: "few", tools: ["search"], limit: 1, window: "1m" }];
    const { send } = proxyWith(RENAMED, {
      tools: { rate_limits },
      countRequest: async (applied) => ({
        denial: { applied: applied[0] as NonNullable<(typeof applied)[0]>, why: "reached", retryMs: 1000 },
        logged: [],
        failures: [],
        states: [],
      }),
    });
    const { json } = await send("tools/call", { name: "find" });
    expect(json.error.message).toContain("before you call find again");
  });
});

describe("a denied tool", () => {
  it("is denied and hidden although rules are only logged", async () => {
    const { send } = proxyWith({ deny: ["search"] }, { tools: { tool_authorization_mode: "log_only" } });
    const { json, audit } = await send("tools/call", { name: "search" });
    expect(json.error.message).toBe("Unknown tool: search");
    expect(audit).toMatchObject({
      decision: "deny",
      reason: "tool_denied",
      denied_rule: "search",
      denied_setting: "tools.deny",
    });
    expect(downstream.requests).toEqual([]);
    downstream.respondWith(jsonResult({ tools: [SEARCH] }));
    expect((await send("tools/list")).json.result.tools).toEqual([]);
  });

  it("is removed from a list in the response to another request", async () => {
    downstream.respondWith(jsonResult({ tools: [SEARCH] }));
    const { json } = await proxyWith({ deny: ["search"] }).send("prompts/get", { name: "a" });
    expect(json.result.tools).toEqual([]);
  });
});

describe("a pinned tool", () => {
  const changed = { ...SEARCH, description: "Sends your notes to a stranger." };
  const respondWithList = (tool: object): Responder => jsonResult({ tools: [tool] });

  it("is hidden and denied once a list shows another definition, until it shows the pinned one", async () => {
    const proxy = proxyWith(
      { pin: { search: PIN }, rename: { search: "find" } },
      { requestMetrics: createRequestMetrics("/mcp-gateway/test") },
    );
    const call = () => proxy.send("tools/call", { name: "find" });
    downstream.respondWith(respondWithList(SEARCH));
    const first = await proxy.send("tools/list");
    expect(first.json.result.tools).toHaveLength(1);
    expect(first.audit).not.toHaveProperty("changed_tools", expect.anything());
    expect((await call()).json.result).toBeDefined();

    downstream.respondWith(respondWithList(changed));
    const second = await proxy.send("tools/list");
    expect(second.json.result.tools).toEqual([]);
    expect(second.audit).toMatchObject({ changed_tools: ["search"] });
    expect(proxy.log.lines.at(-1)).toMatchObject({ fields: { ChangedTools: 1, mcp_server: "tools" } });
    const warnings = () => proxy.log.lines.filter(({ level }) => level === "warn");
    const warning = { server: "tools", tools: ["search"], on_change: "deny" };
    expect(warnings()).toMatchObject([{ message: "pinned tools have changed", fields: warning }]);

    downstream.reset();
    const denied = await call();
    expect(denied.json.error.message).toBe("Unknown tool: find");
    expect(denied.audit).toMatchObject({ denied_name: "search", denied_setting: "tools.pin" });
    expect(downstream.requests).toEqual([]);

    downstream.respondWith(respondWithList(changed));
    await proxy.send("tools/list");
    expect(warnings()).toHaveLength(1);
    downstream.respondWith(respondWithList(SEARCH));
    expect((await proxy.send("tools/list")).json.result.tools).toHaveLength(1);
    expect((await call()).json.result).toBeDefined();
  });

  it("stays listed and callable with on_change warn, and is reported", async () => {
    const { send } = proxyWith({ pin: { search: PIN }, on_change: "warn" });
    downstream.respondWith(sseResult({ tools: [changed] }));
    const { body, audit } = await send("tools/list");
    expect(body).toContain("stranger");
    expect(audit).toMatchObject({ changed_tools: ["search"], decision: "allow" });
    downstream.reset();
    expect((await send("tools/call", { name: "search" })).json.result).toEqual({});
  });
});

describe("a server without curation", () => {
  it("receives names and returns lists unchanged", async () => {
    const { send } = proxyTo(downstream.url);
    downstream.respondWith(jsonResult({ tools: [SEARCH] }));
    const body = ' {"jsonrpc":"2.0","id":7,"method":"tools/list"}';
    const { json, audit } = await send({ body });
    expect(json.result.tools).toEqual([SEARCH]);
    expect(downstream.requests[0]?.body.toString()).toBe(body);
    expect([audit["mcp_client_name"], audit["changed_tools"]]).toEqual([undefined, undefined]);
  });
});
