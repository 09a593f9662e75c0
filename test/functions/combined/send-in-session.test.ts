// A member that lost its session: initialised again once, and no call is lost or made twice.
import { describe, expect, it } from "vitest";
import {
  type CombinedClient,
  clientOf,
  INITIALIZE,
  openSession,
  toolNames,
} from "../../support/combined-client.ts";
import { auditLines, closeCombinedAfterEach, endpoint, member } from "../../support/combined-fixture.ts";
import { jsonOf } from "../../support/mcp-request.ts";
import { jsonResult } from "../../support/recorder-server.ts";
import { openStream, rpcError, textResponse, tools } from "../../support/scripted-member.ts";

closeCombinedAfterEach();

const call = (client: CombinedClient, name: string) => client.request("tools/call", { name, arguments: {} });

const SUM = { content: [{ type: "text", text: "5" }] };

describe("a member that lost its session", () => {
  it("is initialised again and gets the call once, without the client noticing", async () => {
    const notes = await member({ "tools/call": jsonResult(SUM) });
    const client = await openSession(await endpoint({ notes, other: await member() }));
    notes.loseSessions();
    notes.clear();
    expect(jsonOf(await call(client, "notes__add")).result).toEqual(SUM);
    expect(notes.received()).toEqual(["tools/call", "initialize", "notifications/initialized", "tools/call"]);
  });

  it("begins one new session for calls that arrive at the same time", async () => {
    const notes = await member({ "tools/call": jsonResult(SUM) });
    const client = await openSession(await endpoint({ notes, other: await member() }));
    for (const round of [1, 2]) {
      notes.loseSessions();
      notes.clear();
      const responses = await Promise.all(Array.from({ length: 8 }, () => call(client, "notes__add")));
      expect(responses.map((response) => jsonOf(response).result)).toEqual(Array(8).fill(SUM));
      const begun = notes.received().filter((method) => method === "initialize");
      expect([round, begun]).toEqual([round, ["initialize"]]);
    }
  });

  it("begins one session for first calls that arrive at the same time", async () => {
    const notes = await member();
    const client = await openSession(await endpoint({ notes, other: await member() }, { access: undefined }));
    notes.loseSessions();
    notes.on("initialize", rpcError(503, 503));
    await call(client, "notes__add");
    const { protocolVersion } = INITIALIZE;
    notes.on("initialize", jsonResult({ protocolVersion, capabilities: {}, serverInfo: {} }));
    notes.clear();
    await Promise.all(Array.from({ length: 5 }, () => call(client, "notes__add")));
    expect(notes.received().filter((method) => method === "initialize")).toHaveLength(1);
  });

  it("is initialised again for lists, notifications and streams", async () => {
    const notes = await member({ "tools/list": jsonResult(tools("add")), GET: openStream("data: {}\n\n") });
    const client = await openSession(await endpoint({ notes, other: await member() }));
    notes.loseSessions();
    expect(toolNames(await client.request("tools/list"))).toEqual(["notes__add"]);
    notes.loseSessions();
    notes.clear();
    const sent = { jsonrpc: "2.0", method: "notifications/roots/list_changed" };
    expect((await client.send({ body: sent })).status).toBe(202);
    expect(notes.received().at(-1)).toBe("notifications/roots/list_changed");
    notes.on("GET", (response) => response.writeHead(200, { "content-type": "text/event-stream" }).end());
    notes.loseSessions();
    notes.clear();
    const stream = await client.send({ method: "GET", headers: ["Accept", "text/event-stream"], body: null });
    expect(stream.status).toBe(200);
    expect(notes.received()).toEqual(["GET", "initialize", "notifications/initialized", "GET"]);
  });

  it.each([
    ["an unknown method", -32601],
    ["invalid parameters", -32602],
    ["an unknown resource", -32002],
  ])("is not initialised again after a 404 that reports %s: the request is sent once", async (_, code) => {
    const notes = await member({ "tools/call": rpcError(404, code) });
    const client = await openSession(await endpoint({ notes, other: await member() }));
    notes.clear();
    const response = await call(client, "notes__add");
    expect([response.status, jsonOf(response).error.code]).toEqual([200, code]);
    expect(notes.received()).toEqual(["tools/call"]);
  });

  it("is not initialised again if it has no sessions", async () => {
    const { protocolVersion } = INITIALIZE;
    const stateless = jsonResult({ protocolVersion, capabilities: {}, serverInfo: {} });
    const notes = await member({ initialize: stateless, "tools/call": rpcError(404, -32000) });
    const client = await openSession(await endpoint({ notes, other: await member() }));
    notes.clear();
    expect(jsonOf(await call(client, "notes__add"))).toHaveProperty("error");
    expect(notes.received()).toEqual(["tools/call"]);
  });

  it("is not sent a response to a request of its lost session in a new one: the client gets 404", async () => {
    const notes = await member();
    const members = { notes, late: await member({ initialize: rpcError(503, 503) }) };
    const client = await openSession(await endpoint(members));
    notes.loseSessions();
    notes.clear();
    const response = { jsonrpc: "2.0", id: "notes.7", result: {} };
    expect((await client.send({ body: response })).status).toBe(404);
    expect(notes.received()).toEqual(["response"]);
    members.late.clear();
    const unknown = await client.send({ body: { ...response, id: "late.7" } });
    expect([unknown.status, jsonOf(unknown).error.data.reason]).toEqual([404, "session_unknown"]);
    expect(members.late.received()).toEqual([]);
  });

  it("gets a call at most twice", async () => {
    const notes = await member({ "tools/call": rpcError(404, -32001) });
    const client = await openSession(await endpoint({ notes, other: await member() }));
    notes.clear();
    expect(jsonOf(await call(client, "notes__add"))).toHaveProperty("error");
    expect(notes.received().filter((method) => method === "tools/call")).toHaveLength(2);
  });

  describe("does not end the client's session, as status 404 of this URL would:", () => {
    const error = { code: -32001, message: "an error of the member" };

    it("the client gets its error with status 200 and the request's id", async () => {
      const text = JSON.stringify({ jsonrpc: "2.0", id: null, error });
      const notes = await member({
        "tools/call": (response) => response.writeHead(404, { "content-type": "application/json" }).end(text),
      });
      const client = await openSession(await endpoint({ notes, other: await member() }));
      const response = await call(client, "notes__add");
      expect([response.status, jsonOf(response)]).toEqual([200, { jsonrpc: "2.0", id: 1, error }]);
    });

    it.each(["", "<html>", '{"detail":"Not Found"}'])(
      "a response without an error is 502: %j",
      async (text) => {
        const notes = await member({
          "tools/call": (response) =>
            response.writeHead(404, { "content-type": "application/json" }).end(text),
        });
        const started = await endpoint({ notes, other: await member() });
        const response = await call(await openSession(started), "notes__add");
        expect([response.status, jsonOf(response).error.data.reason]).toEqual([
          502,
          "downstream_invalid_response",
        ]);
        await started.served();
        const causes = auditLines(started).map(({ cause }) => cause);
        expect(causes).toContain("Error: notes: a response of status 404 without an error");
      },
    );

    it("a list that all members reject has status 200", async () => {
      const notes = await member({ "tools/list": rpcError(404, -32602) });
      const client = await openSession(await endpoint({ notes }));
      const response = await client.request("tools/list");
      expect([response.status, jsonOf(response).error.code]).toEqual([200, -32602]);
    });

    it("a stream that it cannot resume is an unknown event", async () => {
      const notes = await member({
        "tools/call": textResponse("id: e-1\ndata:\n\n", "text/event-stream"),
        GET: rpcError(404, -32001),
      });
      const client = await openSession(await endpoint({ notes, other: await member() }));
      const [, id = ""] = /^id: (.+)$/m.exec((await call(client, "notes__add")).body) ?? [];
      const headers = ["Accept", "text/event-stream", "Last-Event-ID", id];
      const response = await client.send({ method: "GET", headers, body: null });
      expect([response.status, jsonOf(response).error.data.reason]).toEqual([400, "event_unknown"]);
    });

    it("without a session, the client gets status 404", async () => {
      const notes = await member({ "tools/call": rpcError(404, -32601) });
      const { url } = await endpoint({ notes, other: await member() });
      expect((await call(clientOf(url), "notes__add")).status).toBe(404);
    });
  });

  it.each([400, 409, 500, 502])(
    "is recognised only by status 404: after %i, the call is not sent again",
    async (status) => {
      const notes = await member({ "tools/call": rpcError(status, -32000) });
      const client = await openSession(await endpoint({ notes, other: await member() }));
      notes.clear();
      expect((await call(client, "notes__add")).status).toBe(status);
      expect(notes.received()).toEqual(["tools/call"]);
    },
  );

  it("is not initialised again after a broken connection: the call is sent once", async () => {
    const notes = await member({ "tools/call": (response) => response.socket?.destroy() });
    const client = await openSession(await endpoint({ notes, other: await member() }));
    notes.clear();
    expect((await call(client, "notes__add")).status).toBe(502);
    expect(notes.received()).toEqual(["tools/call"]);
  });
});
