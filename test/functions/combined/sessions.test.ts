// Sessions of the combined endpoint: when members are initialised, and that no call is lost or made twice.
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
import type { CombinedOptions } from "../../support/combined-under-test.ts";
import { closedPort } from "../../support/loopback-server.ts";
import { jsonOf } from "../../support/mcp-request.ts";
import { valuesOf } from "../../support/raw-http.ts";
import { type Answer, jsonResult, recordedValues } from "../../support/recorder-server.ts";
import { openStream, rpcError, tools } from "../../support/scripted-member.ts";

closeCombinedAfterEach();

const call = (client: CombinedClient, name: string) => client.request("tools/call", { name, arguments: {} });

const SUM = { content: [{ type: "text", text: "5" }] };

describe("a session of the combined endpoint", () => {
  it("gives each member its own session id and revision", async () => {
    const older = {
      protocolVersion: "2025-06-18",
      capabilities: {},
      serverInfo: { name: "m", version: "1" },
    };
    const [notes, reports] = [await member(), await member({ initialize: jsonResult(older) })];
    const client = await openSession(await endpoint({ notes, reports }));
    notes.clear();
    reports.clear();
    await call(client, "notes__add");
    await call(client, "reports__add");
    const [toNotes, toReports] = [notes.requests[0], reports.requests[0]];
    expect(toNotes && recordedValues(toNotes, "mcp-session-id")).toEqual(["session-1"]);
    expect(toNotes && recordedValues(toNotes, "mcp-protocol-version")).toEqual(["2025-11-25"]);
    expect(toReports && recordedValues(toReports, "mcp-session-id")).toEqual([]);
    expect(toReports && recordedValues(toReports, "mcp-protocol-version")).toEqual(["2025-06-18"]);
  });

  it("states the oldest revision of the members", async () => {
    const older = {
      protocolVersion: "2025-06-18",
      capabilities: {},
      serverInfo: { name: "m", version: "1" },
    };
    const { url } = await endpoint({
      notes: await member(),
      reports: await member({ initialize: jsonResult(older) }),
    });
    const begun = await clientOf(url).request("initialize", INITIALIZE);
    expect(jsonOf(begun).result.protocolVersion).toBe("2025-06-18");
  });

  it("is begun anew by initialize, whatever session the request names", async () => {
    const notes = await member();
    const client = await openSession(await endpoint({ notes, other: await member() }));
    notes.clear();
    const begun = await client.request("initialize", INITIALIZE);
    expect(begun.status).toBe(200);
    expect(valuesOf(begun, "mcp-session-id")[0]).not.toBe(client.headers[1]);
    expect(notes.requests.map((request) => recordedValues(request, "mcp-session-id"))).toEqual([[]]);
  });

  it("does not open for another user, another tenant or a gateway with another secret", async () => {
    const [notes, other] = [await member(), await member()];
    const { headers } = await openSession(await endpoint({ notes, other }));
    const elsewhere: Partial<CombinedOptions>[] = [
      { caller: { sub: "U2bob" } },
      { caller: { tenant: "T2" } },
      { caller: { issuer: "https://other.example.com" } },
    ];
    for (const options of elsewhere) {
      const { url } = await endpoint({ notes, other }, options);
      const answer = await clientOf(url, headers).request("tools/list");
      expect([answer.status, jsonOf(answer).error.data.reason]).toEqual([404, "session_unknown"]);
    }
    expect(notes.received().filter((method) => method === "tools/list")).toEqual([]);
  });

  it("does not open for a member's own session id, or with two ids", async () => {
    const { url } = await endpoint({ notes: await member(), other: await member() });
    const { headers } = await openSession({ url });
    for (const own of [
      ["Mcp-Session-Id", "session-1"],
      [...headers, ...headers.slice(0, 2)],
    ]) {
      const answer = await clientOf(url, own).request("tools/list");
      expect([answer.status, jsonOf(answer).error.data.reason]).toEqual([404, "session_unknown"]);
    }
  });

  it("ends at each member with DELETE, and its id no longer opens", async () => {
    const [notes, reports] = [await member(), await member()];
    const client = await openSession(await endpoint({ notes, reports }));
    const ended = await client.send({ method: "DELETE", body: null });
    expect(ended.status).toBe(204);
    expect([notes.received().at(-1), reports.received().at(-1)]).toEqual(["DELETE", "DELETE"]);
    expect((await client.request("tools/list")).status).toBe(404);
    expect((await client.send({ method: "DELETE", body: null })).status).toBe(404);
  });

  it("ends with DELETE at a member whose session was begun later, too", async () => {
    const [notes, reports] = [await member(), await member()];
    const client = await openSession(await endpoint({ notes, reports }));
    notes.loseSessions();
    await call(client, "notes__add");
    await client.send({ method: "DELETE", body: null });
    const last = notes.requests.at(-1);
    expect(last?.method).toBe("DELETE");
    expect(last && recordedValues(last, "mcp-session-id")).toEqual(["session-2"]);
  });

  it("is needed for DELETE", async () => {
    const { url } = await endpoint({ notes: await member(), other: await member() });
    const answer = await clientOf(url).send({ method: "DELETE", body: null });
    expect([answer.status, valuesOf(answer, "allow")]).toEqual([405, ["POST, GET"]]);
  });

  it("works with 20 members, whose ids do not all fit in its own", async () => {
    const members = await Promise.all(Array.from({ length: 20 }, () => member()));
    for (const each of members) each.on("tools/list", jsonResult(tools("add")));
    const long: Answer = (response, request) => {
      response.setHeader("Mcp-Session-Id", "session-1".padEnd(200, "-"));
      jsonResult({ protocolVersion: "2025-11-25", capabilities: {}, serverInfo: {} })(response, request);
    };
    for (const each of members.slice(0, 8)) each.on("initialize", long);
    const names = Object.fromEntries(members.map((each, at) => [`member-${at}`, each]));
    const client = await openSession(await endpoint(names));
    expect(String(client.headers[1]).length).toBeLessThanOrEqual(2_048);
    const kept = members.at(-1);
    kept?.clear();
    expect((await call(client, "member-19__add")).status).toBe(200);
    expect(kept?.received().at(-1)).toBe("tools/call");
  });

  it("tells a member that comes later what the client said about itself, unless that is too long", async () => {
    const notes = await member();
    const { url } = await endpoint({ notes, other: await member() });
    const initialised = async (clientInfo: object) => {
      const begun = await clientOf(url).request("initialize", { ...INITIALIZE, clientInfo });
      notes.loseSessions();
      notes.clear();
      await call(
        clientOf(url, ["Mcp-Session-Id", String(valuesOf(begun, "mcp-session-id")[0])]),
        "notes__add",
      );
      const again = notes.requests.find(({ body }) => body.includes('"initialize"'));
      return JSON.parse(String(again?.body)).params;
    };
    expect(await initialised({ name: "client", version: "1" })).toEqual(INITIALIZE);
    const long = await initialised({ name: "c".repeat(600), version: "1" });
    expect(long).toMatchObject({ capabilities: {}, clientInfo: { name: "descope-mcp-gateway" } });
  });
});

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
    const client = clientOf(started.url, ["Mcp-Session-Id", session]);

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
    const answer = await call(client, "notes__add");
    expect([answer.status, valuesOf(answer, "retry-after")]).toEqual([429, ["7"]]);
    expect(jsonOf(answer)).toMatchObject({ id: 1, error: { code: 429 } });
  });

  it("makes a call fail if its response to initialize takes longer than 10 s, and delays a list no longer", async () => {
    const notes = await member();
    const reports = await member({ "tools/list": jsonResult(tools("a")) });
    const client = await openSession(await endpoint({ notes, reports }, { mergedPartMs: 200 }));
    notes.loseSessions();
    notes.on("initialize", () => {});
    const answer = await call(client, "notes__add");
    expect([answer.status, jsonOf(answer).error.data.reason]).toEqual([504, "downstream_timeout"]);
    const list = await client.request("tools/list");
    expect([toolNames(list), notice(list)]).toEqual([["reports__a"], ["notes"]]);
  });

  it("makes a call fail if its response to initialize cannot be read", async () => {
    const notes = await member();
    const client = await openSession(await endpoint({ notes, other: await member() }));
    notes.loseSessions();
    notes.on("initialize", jsonResult({ capabilities: {} }));
    const answer = await call(client, "notes__add");
    expect([answer.status, jsonOf(answer).error.data.reason]).toEqual([502, "downstream_unreachable"]);
    expect(notes.received().filter((method) => method === "tools/call")).toHaveLength(1);
  });
});

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
      const answers = await Promise.all(Array.from({ length: 8 }, () => call(client, "notes__add")));
      expect(answers.map((answer) => jsonOf(answer).result)).toEqual(Array(8).fill(SUM));
      const begun = notes.received().filter((method) => method === "initialize");
      expect([round, begun]).toEqual([round, ["initialize"]]);
    }
  });

  it("begins one session for calls at the same time that are the first", async () => {
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
  ])("is not assumed for a 404 that reports %s: the request is not sent again", async (_, code) => {
    const notes = await member({ "tools/call": rpcError(404, code) });
    const client = await openSession(await endpoint({ notes, other: await member() }));
    notes.clear();
    const answer = await call(client, "notes__add");
    expect([answer.status, jsonOf(answer).error.code]).toEqual([404, code]);
    expect(notes.received()).toEqual(["tools/call"]);
  });

  it("is not assumed for a server without sessions", async () => {
    const { protocolVersion } = INITIALIZE;
    const stateless = jsonResult({ protocolVersion, capabilities: {}, serverInfo: {} });
    const notes = await member({ initialize: stateless, "tools/call": rpcError(404, -32000) });
    const client = await openSession(await endpoint({ notes, other: await member() }));
    notes.clear();
    expect((await call(client, "notes__add")).status).toBe(404);
    expect(notes.received()).toEqual(["tools/call"]);
  });

  it("does not get the client's response to a request of that session in a new one: the client must begin anew", async () => {
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
    expect((await call(client, "notes__add")).status).toBe(404);
    expect(notes.received().filter((method) => method === "tools/call")).toHaveLength(2);
  });

  it.each([400, 409, 500, 502])(
    "is not assumed for status %i: the call is not sent again",
    async (status) => {
      const notes = await member({ "tools/call": rpcError(status, -32000) });
      const client = await openSession(await endpoint({ notes, other: await member() }));
      notes.clear();
      expect((await call(client, "notes__add")).status).toBe(status);
      expect(notes.received()).toEqual(["tools/call"]);
    },
  );

  it("is not assumed for a broken connection: the call is not sent again", async () => {
    const notes = await member({ "tools/call": (response) => response.socket?.destroy() });
    const client = await openSession(await endpoint({ notes, other: await member() }));
    notes.clear();
    expect((await call(client, "notes__add")).status).toBe(502);
    expect(notes.received()).toEqual(["tools/call"]);
  });
});
