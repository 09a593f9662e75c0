// Sessions of the combined endpoint: what the one id contains, whom it opens for, and how it ends.
import { describe, expect, it } from "vitest";
import { type CombinedClient, clientOf, INITIALIZE, openSession } from "../../support/combined-client.ts";
import { closeCombinedAfterEach, endpoint, member } from "../../support/combined-fixture.ts";
import type { CombinedOptions } from "../../support/combined-under-test.ts";
import { jsonOf } from "../../support/mcp-request.ts";
import { valuesOf } from "../../support/raw-http.ts";
import { jsonResult, type Responder, recordedValues } from "../../support/recorder-server.ts";
import { tools } from "../../support/scripted-member.ts";

closeCombinedAfterEach();

const call = (client: CombinedClient, name: string) => client.request("tools/call", { name, arguments: {} });

/** Begins a session of an older revision, without an id. */
const OLDER = jsonResult({
  protocolVersion: "2025-06-18",
  capabilities: {},
  serverInfo: { name: "m", version: "1" },
});

describe("a session of the combined endpoint", () => {
  it("gives each member its own session id and revision", async () => {
    const [notes, reports] = [await member(), await member({ initialize: OLDER })];
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
    const { url } = await endpoint({
      notes: await member(),
      reports: await member({ initialize: OLDER }),
    });
    const begun = await clientOf(url).request("initialize", INITIALIZE);
    expect(jsonOf(begun).result.protocolVersion).toBe("2025-06-18");
  });

  it("begins again with initialize, even if the request has the id of another session", async () => {
    const notes = await member();
    const client = await openSession(await endpoint({ notes, other: await member() }));
    notes.clear();
    const begun = await client.request("initialize", INITIALIZE);
    expect(begun.status).toBe(200);
    expect(valuesOf(begun, "mcp-session-id")[0]).not.toBe(client.headers[1]);
    expect(notes.requests.map((request) => recordedValues(request, "mcp-session-id"))).toEqual([[]]);
  });

  it("begins with initialize, even if the request has an unknown id", async () => {
    const notes = await member();
    const { url } = await endpoint({ notes, other: await member() });
    const client = clientOf(url, ["Mcp-Session-Id", "lost"]);
    const begun = await client.request("initialize", INITIALIZE);
    expect([begun.status, valuesOf(begun, "mcp-session-id")]).toEqual([200, [expect.any(String)]]);
    expect(notes.requests.map((request) => recordedValues(request, "mcp-session-id"))).toEqual([[]]);
  });

  it("does not open for another user, tenant or issuer", async () => {
    const [notes, other] = [await member(), await member()];
    const { headers } = await openSession(await endpoint({ notes, other }));
    const elsewhere: Partial<CombinedOptions>[] = [
      { caller: { sub: "U2bob" } },
      { caller: { tenant: "T2" } },
      { caller: { issuer: "https://other.example.com" } },
    ];
    for (const options of elsewhere) {
      const { url } = await endpoint({ notes, other }, options);
      const response = await clientOf(url, headers).request("tools/list");
      expect([response.status, jsonOf(response).error.data.reason]).toEqual([404, "session_unknown"]);
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
      const response = await clientOf(url, own).request("tools/list");
      expect([response.status, jsonOf(response).error.data.reason]).toEqual([404, "session_unknown"]);
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

  it("ends alone, even if the members have no ids for their sessions", async () => {
    const initialize = jsonResult({
      protocolVersion: "2025-11-25",
      capabilities: {},
      serverInfo: { name: "m", version: "1" },
    });
    const script = { initialize, "tools/list": jsonResult(tools("a")) };
    const started = await endpoint({
      notes: await member(script),
      other: await member(script),
    });
    const [client, other] = [await openSession(started), await openSession(started)];
    await client.send({ method: "DELETE", body: null });
    expect((await other.request("tools/list")).status).toBe(200);
    expect((await (await openSession(started)).request("tools/list")).status).toBe(200);
  });

  it("is not begun again for a request that was still open when it ended", async () => {
    const [arrived, finish] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const notes = await member({
      "tools/call": async (response) => {
        arrived.resolve();
        await finish.promise;
        response.writeHead(404).end();
      },
    });
    const client = await openSession(await endpoint({ notes, other: await member() }));
    const open = client.request("tools/call", { name: "notes__add" });
    await arrived.promise;
    await client.send({ method: "DELETE", body: null });
    finish.resolve();
    expect((await open).status).toBe(502);
    expect(notes.received()).toEqual(["initialize", "tools/call", "DELETE"]);
  });

  it("ends with DELETE also at members that were initialised later", async () => {
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
    const response = await clientOf(url).send({ method: "DELETE", body: null });
    expect([response.status, valuesOf(response, "allow")]).toEqual([405, ["POST, GET"]]);
  });

  it("works with 20 members, although its id has no room for all of their ids", async () => {
    const members = await Promise.all(Array.from({ length: 20 }, () => member()));
    for (const each of members) each.on("tools/list", jsonResult(tools("add")));
    const long: Responder = (response, request) => {
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

  it("initialises later members with the client's own data, unless that data is too long", async () => {
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
