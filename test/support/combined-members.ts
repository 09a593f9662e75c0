// A server behind every member of the combined endpoint: it allows everything, in both protocol eras.
import { emptyResult, jsonResult, messageOf, type Responder, sseEvent } from "./recorder-server.ts";

const TASK = {
  taskId: "upstream-task",
  status: "working",
  createdAt: "2026-01-01T00:00:00Z",
  lastUpdatedAt: "2026-01-01T00:00:00Z",
  ttl: 60_000,
};
const CAPABILITIES = {
  tools: {},
  prompts: {},
  resources: { subscribe: true },
  completions: {},
  tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } },
};
const named = (...names: string[]) => names.map((name) => ({ name, inputSchema: { type: "object" } }));
const CACHED = { resultType: "complete", ttlMs: 1_000, cacheScope: "public" };

const LISTS: Record<string, object> = {
  "tools/list": {
    ...CACHED,
    tools: named("open", "admin_delete", "send_mail"),
  },
  "prompts/list": { ...CACHED, prompts: named("open", "secret_plan") },
  "resources/list": {
    ...CACHED,
    resources: [
      { uri: "file:///public/a", name: "a" },
      { uri: "file:///private/a", name: "b" },
    ],
  },
  "resources/templates/list": {
    ...CACHED,
    resourceTemplates: [
      { uriTemplate: "file:///public/{name}", name: "a" },
      { uriTemplate: "file:///private/{name}", name: "b" },
    ],
  },
};

export const memberServer: Responder = (response, request) => {
  if (request.method !== "POST")
    return response
      .writeHead(
        request.method === "GET" ? 200 : 204,
        request.method === "GET" ? { "content-type": "text/event-stream" } : {},
      )
      .end();
  const {
    id,
    method = "",
    params = {},
  } = messageOf(request) as {
    id?: unknown;
    method?: string;
    params?: Record<string, unknown>;
  };
  if (method === "initialize") {
    response.setHeader("Mcp-Session-Id", "upstream-session");
    const serverInfo = { name: "upstream", version: "1" };
    return jsonResult({ protocolVersion: "2025-11-25", capabilities: CAPABILITIES, serverInfo })(
      response,
      request,
    );
  }
  if (method === "server/discover") {
    return jsonResult({ ...CACHED, supportedVersions: ["2026-07-28"], capabilities: CAPABILITIES })(
      response,
      request,
    );
  }
  if (method === "tools/call" && params["task"] !== undefined) {
    return jsonResult({ task: TASK })(response, request);
  }
  if (method === "tools/call" && params["name"] === "stream") {
    response.writeHead(200, { "content-type": "text/event-stream" });
    return response.end(`id: upstream-event\n${sseEvent({ jsonrpc: "2.0", id, result: { content: [] } })}`);
  }
  if (method === "subscriptions/listen") {
    const acknowledged = {
      jsonrpc: "2.0",
      method: "notifications/subscriptions/acknowledged",
      params: { notifications: params["notifications"] },
    };
    response.writeHead(200, { "content-type": "text/event-stream" });
    return response.end(
      sseEvent(acknowledged) + sseEvent({ jsonrpc: "2.0", id, result: { resultType: "complete" } }),
    );
  }
  if (method.startsWith("tasks/")) return jsonResult(TASK)(response, request);
  const list = LISTS[method];
  if (list === undefined) return emptyResult(response, request);
  // Pages of `tools/list` without end, so that the combined list has a cursor.
  const { cursor = "upstream" } = params;
  const next = method === "tools/list" && { nextCursor: `${cursor}-cursor` };
  return jsonResult({ ...list, ...next })(response, request);
};
