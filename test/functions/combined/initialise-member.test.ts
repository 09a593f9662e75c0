// A member that gets a session after the client: with what the client said, and with its own response if it rejects that.
import { describe, expect, it } from "vitest";
import {
  type CombinedClient,
  clientOf,
  INITIALIZE,
  notice,
  openSession,
  toolNames,
} from "../../support/combined-client.ts";
import { closeCombinedAfterEach, endpoint, member } from "../../support/combined-fixture.ts";
import { closedPort } from "../../support/loopback-server.ts";
import { jsonOf } from "../../support/mcp-request.ts";
import { valuesOf } from "../../support/raw-http.ts";
import { jsonResult, messageOf, type Responder, recordedValues } from "../../support/recorder-server.ts";
import { rpcError, tools } from "../../support/scripted-member.ts";

closeCombinedAfterEach();

const call = (client: CombinedClient, name: string) => client.request("tools/call", { name, arguments: {} });

const SUM = { content: [{ type: "text", text: "5" }] };

describe("a member that was down at initialize", () => {
  it("is named in the result, and initialised when it is needed", async () => {
    const reports = await member();
    const started = await endpoint({
      notes: await member(),
      late: { url: `http://127.0.0.1:${await closedPort()}/mcp` },
      reports,
    });
    reports.on("initialize", rpcError(503, 503));
    const begun = await clientOf(started.url).request("initialize", INITIALIZE);
    expect(jsonOf(begun).result._meta).toEqual({ "descope-mcp-gateway/unavailable": ["late", "reports"] });
    const session = String(valuesOf(begun, "mcp-session-id")[0]);
    const client = clientOf(started.url, ["Mcp-Session-Id", session, "Baggage", "user=1"]);

    const denied = await call(client, "reports__add");
    expect([denied.status, jsonOf(denied)]).toEqual([
      503,
      { jsonrpc: "2.0", id: 1, error: { code: 503, message: "an error of the member" } },
    ]);
    const { protocolVersion } = INITIALIZE;
    reports.on("initialize", jsonResult({ protocolVersion, capabilities: {}, serverInfo: {} }));
    reports.on("tools/call", jsonResult(SUM));
    reports.clear();
    expect(jsonOf(await call(client, "reports__add")).result).toEqual(SUM);
    expect(reports.received()).toEqual(["initialize", "notifications/initialized", "tools/call"]);
    const baggage = reports.requests.map((request) => recordedValues(request, "baggage"));
    expect(baggage).toEqual([["user=1"], ["user=1"], ["user=1"]]);
    await call(client, "reports__add");
    expect(reports.received().slice(3)).toEqual(["tools/call"]);
    const down = await call(client, "late__add");
    expect([down.status, jsonOf(down).error.data.reason]).toEqual([502, "downstream_unreachable"]);
  });

  it("denies a call with its own status and headers if it does not accept the session", async () => {
    const notes = await member();
    const client = await openSession(await endpoint({ notes, other: await member() }));
    notes.loseSessions();
    notes.on("initialize", rpcError(429, 429, { "retry-after": "7" }));
    const response = await call(client, "notes__add");
    expect([response.status, valuesOf(response, "retry-after")]).toEqual([429, ["7"]]);
    expect(jsonOf(response)).toMatchObject({ id: 1, error: { code: 429 } });
  });

  it("makes a call fail, and is omitted from a list, if its response to initialize takes longer than 10 s", async () => {
    const notes = await member();
    const reports = await member({ "tools/list": jsonResult(tools("a")) });
    const client = await openSession(await endpoint({ notes, reports }, { mergedPartMs: 200 }));
    notes.loseSessions();
    notes.on("initialize", () => {});
    const response = await call(client, "notes__add");
    expect([response.status, jsonOf(response).error.data.reason]).toEqual([504, "downstream_timeout"]);
    const list = await client.request("tools/list");
    expect([toolNames(list), notice(list)]).toEqual([["reports__a"], ["notes"]]);
  });

  it.each<[string, Responder]>([
    ["cannot be read", jsonResult({ capabilities: {} })],
    [
      "is a result with an error status",
      (response, request) => {
        const result = { protocolVersion: INITIALIZE.protocolVersion, capabilities: {}, serverInfo: {} };
        response.writeHead(500, { "content-type": "application/json" });
        response.end(JSON.stringify({ jsonrpc: "2.0", id: messageOf(request).id, result }));
      },
    ],
  ])("makes a call fail if its response to initialize %s", async (_what, responder) => {
    const notes = await member();
    const client = await openSession(await endpoint({ notes, other: await member() }));
    notes.loseSessions();
    notes.on("initialize", responder);
    const response = await call(client, "notes__add");
    expect([response.status, jsonOf(response).error.data.reason]).toEqual([502, "downstream_unreachable"]);
    expect(notes.received().filter((method) => method === "tools/call")).toHaveLength(1);
  });
});
