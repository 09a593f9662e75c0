import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Recorder, startRecorder } from "../../../support/recorder-server.ts";
import { callerWith } from "../../../support/upstream-credentials/caller-tokens.ts";
import {
  type ConnectionsVault,
  startConnectionsVault,
} from "../../../support/upstream-credentials/connections-vault.ts";
import { proxyWithCredentials } from "../../../support/upstream-credentials/credentials-under-test.ts";

let downstream: Recorder;
let vault: ConnectionsVault;

beforeAll(async () => {
  [downstream, vault] = await Promise.all([startRecorder(), startConnectionsVault()]);
});
afterAll(() => Promise.all([downstream.close(), vault.close()]));
beforeEach(() => {
  downstream.reset();
  vault.decideWith(() => undefined);
});

const CONNECT_URL = "https://auth.example.com/connect";
const MESSAGE = `Your linear account is not connected, so this MCP server can't be used for you. Open ${CONNECT_URL} to connect it, then try again.`;
const ALICE = callerWith("U2alice");

function send(message: object, { headers = {}, connect_url = CONNECT_URL as string | null } = {}) {
  const upstream_auth = {
    type: "descope_connection",
    app_id: "linear",
    base_url: vault.url,
    project_id: "P2abc",
    connect_url: connect_url ?? undefined,
  };
  const proxy = proxyWithCredentials(downstream.url, { tools: { upstream_auth } });
  const body = JSON.stringify({ jsonrpc: "2.0", id: 7, ...message });
  return proxy.send({ ...ALICE.event, headers: { ...ALICE.event.headers, ...headers }, body });
}

/** A request of 2026-07-28. */
function statelessRequest(method: string, params: Record<string, unknown>, capabilities: object) {
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
    "io.modelcontextprotocol/clientCapabilities": capabilities,
  };
  const name = (params["name"] ?? params["uri"]) as string | undefined;
  const headers: Record<string, string> = { "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": method };
  return {
    message: { method, params: { ...params, _meta } },
    headers: name ? { ...headers, "Mcp-Name": name } : headers,
  };
}

describe("an account that is not connected", () => {
  it("is reported as a tool result with the URL of the page that connects it", async () => {
    const { status, json, audit } = await send({ method: "tools/call", params: { name: "list_issues" } });
    expect(status).toBe(200);
    expect(json).toEqual({
      jsonrpc: "2.0",
      id: 7,
      result: { content: [{ type: "text", text: MESSAGE }], isError: true },
    });
    expect(audit).toMatchObject({ reason: "connection_required", status: 200 });
    expect(downstream.requests).toEqual([]);
  });

  it("is reported without a URL if no page is configured", async () => {
    const call = { method: "tools/call", params: { name: "list_issues" } };
    const { json } = await send(call, { connect_url: null });
    expect(json.result.content[0].text).toBe(
      "Your linear account is not connected, so this MCP server can't be used for you. Sign in again and allow it, or ask the administrator where accounts are connected.",
    );
  });

  it.each(["initialize", "tools/list", "prompts/get", "resources/read"])(
    "is reported with 403 for %s, never with 401",
    async (method) => {
      const { status, json, headers } = await send({ method, params: { name: "a", uri: "a:b" } });
      expect(status).toBe(403);
      expect(json.error).toEqual({
        code: 403,
        message: MESSAGE,
        data: {
          reason: "connection_required",
          request_id: "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
          connect_url: CONNECT_URL,
        },
      });
      expect(headers).not.toHaveProperty("www-authenticate");
    },
  );

  it.each([
    ["GET", null],
    ["DELETE", null],
    ["POST", JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" })],
  ])("is reported with 403 for %s without a request to Descope", async (method, body) => {
    const upstream_auth = {
      type: "descope_connection",
      app_id: "linear",
      base_url: vault.url,
      project_id: "P2abc",
    };
    const proxy = proxyWithCredentials(downstream.url, { tools: { upstream_auth, get_stream: true } });
    const headers = { ...ALICE.event.headers, Accept: "text/event-stream, application/json" };
    const { status, json } = await proxy.send({ ...ALICE.event, headers, method, body });
    expect([status, json.error.data.reason]).toEqual([403, "connection_required"]);
  });

  it.each([
    ["tools/call", { name: "list_issues" }],
    ["prompts/get", { name: "plan" }],
    ["resources/read", { uri: "issue://1" }],
  ])(
    "is requested by URL elicitation at %s if the client of 2026-07-28 supports it",
    async (method, params) => {
      const { message, headers } = statelessRequest(method, params, { elicitation: { url: {} } });
      const { status, json } = await send(message, { headers });
      expect([status, json]).toEqual([
        200,
        {
          jsonrpc: "2.0",
          id: 7,
          result: {
            resultType: "input_required",
            inputRequests: {
              connect_account: {
                method: "elicitation/create",
                params: { mode: "url", message: MESSAGE, url: CONNECT_URL },
              },
            },
          },
        },
      ]);
    },
  );

  it("is not requested again if the request contains the user's response", async () => {
    const params = { name: "list_issues", inputResponses: { connect_account: { action: "accept" } } };
    const { message, headers } = statelessRequest("tools/call", params, { elicitation: { url: {} } });
    const { json } = await send(message, { headers });
    expect(json.result).toEqual({
      resultType: "complete",
      content: [{ type: "text", text: MESSAGE }],
      isError: true,
    });
  });

  it.each([{}, { elicitation: {} }, { elicitation: { form: {} } }])(
    "is reported as a tool result if the client's capabilities are %j",
    async (capabilities) => {
      const { message, headers } = statelessRequest("tools/call", { name: "list_issues" }, capabilities);
      expect((await send(message, { headers })).json.result).toMatchObject({ isError: true });
    },
  );

  it("is reported if the user revoked the consent", async () => {
    vault.decideWith(() => ({ status: 400, body: { errorCode: "E063302", errorMessage: "consent" } }));
    const { json } = await send({ method: "tools/call", params: { name: "list_issues" } });
    expect(json.result.content[0].text).toBe(MESSAGE);
  });

  it("is not reported for any other 404", async () => {
    vault.decideWith(() => ({ status: 404, body: { errorCode: "E000404" } }));
    const { status, json } = await send({ method: "tools/call", params: { name: "list_issues" } });
    expect([status, json.error.data.reason]).toEqual([502, "upstream_token_unavailable"]);
  });

  it("is no longer reported once the account is connected", async () => {
    vault.connect({ appId: "linear", userId: "U2alice" });
    expect((await send({ method: "tools/list" })).status).toBe(200);
    vault.disconnect({ appId: "linear", userId: "U2alice" });
  });
});
