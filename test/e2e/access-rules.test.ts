// Rules for tools, prompts and resources in front of a server without rules: a user cannot reach denied names in
// any way, and lists contain exactly what can be called.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { FORBIDDEN_WAYS } from "../support/forbidden-ways.ts";
import { type GatewayStand, startStand } from "../support/gateway-stand.ts";
import { jsonOf, type McpRequest, PING, sendMcp, toolCall } from "../support/mcp-request.ts";
import { valuesOf } from "../support/raw-http.ts";
import { jsonResult, sseResult } from "../support/recorder-server.ts";

const PRO = { required_claims: { subscription: { values: "pro" } } };

const TOOL_RULES = {
  "admin_*": PRO,
  admin_help: {},
  send_mail: { required_scopes: ["mail:read", "mail:send"] },
};

let stand: GatewayStand;
const tokens: Record<string, string> = {};

beforeAll(async () => {
  stand = await startStand({
    servers: {
      ruled: {
        tool_authorization: TOOL_RULES,
        prompt_authorization: { "secret*": PRO },
        resource_authorization: { "file:///private/*": PRO },
      },
      sealed: {
        tool_authorization: { "*": PRO, open: {} },
        prompt_authorization: { "*": PRO },
        resource_authorization: { "*": PRO },
      },
      watched: { tool_authorization: TOOL_RULES, tool_authorization_mode: "log_only" },
    },
  });
  tokens["free"] = await stand.issuer.token({ subscription: "free", scope: "mail:read" });
  tokens["pro"] = await stand.issuer.token({ subscription: "pro", scope: "mail:send mail:read" });
});
afterAll(() => stand?.close());
beforeEach(() => stand.recorder.reset());

const ask = (user: string, body: unknown, server = "ruled", more: McpRequest = {}) =>
  sendMcp(stand.endpoint(server), { token: tokens[user] as string, body, ...more });

describe("a tool, prompt or resource that the claims deny", () => {
  it("has at least 40 test cases", () => expect(FORBIDDEN_WAYS.length).toBeGreaterThanOrEqual(40));

  const ways = FORBIDDEN_WAYS.map(([name, request, server = "ruled"]) => ({ name, request, server }));
  it.each(ways)("cannot be reached by $name", async ({ request, server }) => {
    const response = await sendMcp(stand.endpoint(server), { token: tokens["free"] as string, ...request });
    // A JSON-RPC code, or the HTTP status of a body that is not JSON in UTF-8.
    expect([-32700, -32602, -32601, -32600, -32020, 415]).toContain(jsonOf(response).error.code);
    expect(stand.recorder.requests).toEqual([]);
  });

  it.each([
    ["tool", toolCall("admin_delete", 9), "Unknown tool: admin_delete"],
    [
      "prompt",
      { ...PING, id: 9, method: "prompts/get", params: { name: "secret_plan" } },
      "Unknown prompt: secret_plan",
    ],
    [
      "resource",
      { ...PING, id: 9, method: "resources/read", params: { uri: "file:///private/a" } },
      "Unknown resource: file:///private/a",
    ],
  ])("returns the same error as a %s that does not exist", async (_kind, body, message) => {
    const response = await ask("free", body);
    expect(response.status).toBe(200);
    expect(jsonOf(response)).toEqual({
      jsonrpc: "2.0",
      id: 9,
      error: { code: -32602, message, data: { reason: "unknown_name", request_id: expect.any(String) } },
    });
  });
});

describe("a tool, prompt or resource that the claims allow", () => {
  it.each([
    ["pro", toolCall("admin_delete")],
    ["free", toolCall("admin_help")],
    ["free", toolCall("open")],
    ["pro", { ...PING, method: "prompts/get", params: { name: "secret_plan" } }],
    ["pro", { ...PING, method: "resources/read", params: { uri: "file:///private/a" } }],
    ["free", { ...PING, method: "resources/read", params: { uri: "file:///public/a" } }],
    [
      "free",
      { ...PING, method: "completion/complete", params: { ref: { type: "ref/prompt", name: "open" } } },
    ],
    ["free", { jsonrpc: "2.0", id: 1, result: { name: "admin_delete" } }],
  ])("is forwarded unchanged for %s: %j", async (user, body) => {
    const text = `${JSON.stringify(body)} `;
    expect((await ask(user, text)).status).toBe(200);
    expect(stand.recorder.requests.map((request) => request.body.toString("utf8"))).toEqual([text]);
  });
});

describe("a tool that needs scopes", () => {
  it("responds with 403 with all of them, and stays listed", async () => {
    const response = await ask("free", toolCall("send_mail", 5));
    expect(response.status).toBe(403);
    expect(jsonOf(response)).toMatchObject({
      id: 5,
      error: { code: 403, data: { reason: "insufficient_scope", scopes: ["mail:read", "mail:send"] } },
    });
    expect(valuesOf(response, "x-amzn-remapped-www-authenticate")).toEqual([
      `Bearer error="insufficient_scope", resource_metadata="${stand.url}/.well-known/oauth-protected-resource/ruled/mcp", scope="mail:read mail:send"`,
    ]);
    expect(stand.recorder.requests).toEqual([]);
    expect(await listedTools("free", "ruled", "json")).toContain("send_mail");
  });

  it("is called with a token that has all scopes", async () => {
    expect((await ask("pro", toolCall("send_mail"))).status).toBe(200);
  });
});

const TOOLS = ["open", "admin_delete", "admin_help", "send_mail", "Admin_Delete", "admin_", "adminx"];

type Form = "json" | "sse";

async function list(user: string, server: string, form: Form, method: string, result: object) {
  stand.recorder.respondWith((form === "json" ? jsonResult : sseResult)(result));
  const response = await ask(user, { ...PING, method }, server);
  const text = form === "json" ? response.body : response.body.replace(/^event: message\ndata: /, "");
  return JSON.parse(text).result;
}

async function listedTools(user: string, server: string, form: Form): Promise<string[]> {
  const result = { tools: TOOLS.map((name) => ({ name, inputSchema: { type: "object" } })) };
  const { tools } = await list(user, server, form, "tools/list", result);
  return tools.map(({ name }: { name: string }) => name);
}

describe("lists of tools, prompts and resources", () => {
  it.each(
    ["free", "pro"].flatMap((user) =>
      ["ruled", "sealed", "watched"].flatMap((server) =>
        (["json", "sse"] as const).map((form) => [user, server, form] as const),
      ),
    ),
  )("agree with calls for %s at %s, as %s", async (user, server, form) => {
    const listed = await listedTools(user, server, form);
    const callable: string[] = [];
    for (const name of TOOLS) {
      stand.recorder.reset();
      const { error } = jsonOf(await ask(user, toolCall(name), server));
      if (error?.code !== -32602) callable.push(name);
    }
    expect(listed).toEqual(callable);
  });

  it("omit names that the claims deny", async () => {
    expect(await listedTools("free", "ruled", "json")).toEqual([
      "open",
      "admin_help",
      "send_mail",
      "Admin_Delete",
      "adminx",
    ]);
    expect(await listedTools("free", "sealed", "sse")).toEqual(["open"]);
    expect(await listedTools("pro", "sealed", "sse")).toEqual(TOOLS);
    expect(await listedTools("free", "watched", "json")).toEqual(TOOLS);
  });

  it.each(["json", "sse"] as const)(
    "filter prompts, resources and templates too, and keep the rest: %s",
    async (form) => {
      const prompts = await list("free", "ruled", form, "prompts/list", {
        prompts: [{ name: "secret_plan" }, { name: "open", title: "Ö" }],
        nextCursor: "next",
      });
      expect(prompts).toEqual({ prompts: [{ name: "open", title: "Ö" }], nextCursor: "next" });
      const resources = await list("free", "ruled", form, "resources/list", {
        resources: [
          { uri: "file:///private/a" },
          { uri: "file:///public/../private/b" },
          { uri: "file:///c" },
        ],
        _meta: { kept: true },
      });
      expect(resources).toEqual({ resources: [{ uri: "file:///c" }], _meta: { kept: true } });
      const templates = await list("free", "ruled", form, "resources/templates/list", {
        resourceTemplates: [
          { uriTemplate: "file:///private/{name}" },
          { uriTemplate: "file:///public/{name}" },
        ],
      });
      expect(templates).toEqual({ resourceTemplates: [{ uriTemplate: "file:///public/{name}" }] });
    },
  );

  it("must not be stored by shared caches", async () => {
    const shared = { tools: [{ name: "open" }], cacheScope: "public", ttlMs: 1000 };
    expect(await list("pro", "ruled", "json", "tools/list", shared)).toEqual({
      ...shared,
      cacheScope: "private",
    });
    stand.recorder.respondWith(jsonResult({ tools: [] }));
    const response = await ask("pro", { ...PING, method: "tools/list" }, "ruled", {
      headers: ["MCP-Protocol-Version", "2026-07-28"],
    });
    expect(jsonOf(response).result).toEqual({ tools: [], cacheScope: "private" });
  });
});

describe("log_only", () => {
  it("forwards every request", async () => {
    expect((await ask("free", toolCall("admin_delete"), "watched")).status).toBe(200);
    expect((await ask("free", toolCall("send_mail"), "watched")).status).toBe(200);
    expect(stand.recorder.requests).toHaveLength(2);
  });
});
