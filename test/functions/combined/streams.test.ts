// Streams of several members as one: GET in a session, and subscriptions of MCP 2026-07-28.
import { describe, expect, it } from "vitest";
import { clientOf, messagesIn, openSession } from "../../support/combined-client.ts";
import { auditLines, closeCombinedAfterEach, endpoint, member } from "../../support/combined-fixture.ts";
import type { CombinedUnderTest } from "../../support/combined-under-test.ts";
import { jsonOf } from "../../support/mcp-request.ts";
import { valuesOf } from "../../support/raw-http.ts";
import {
  jsonResult,
  messageOf,
  type Responder,
  recordedValues,
  sseEvent,
} from "../../support/recorder-server.ts";
import { openStream, rpcError } from "../../support/scripted-member.ts";
import { openMcp } from "../../support/streamed-response.ts";

closeCombinedAfterEach();

const CHANGED = { jsonrpc: "2.0", method: "notifications/tools/list_changed" };
const LISTEN = { method: "GET", headers: ["Accept", "text/event-stream"], body: null };

/** A stream that the test writes to. */
function controlled(): {
  responder: Responder;
  opened: Promise<Parameters<Responder>[0]>;
  closed: Promise<void>;
} {
  const opened = Promise.withResolvers<Parameters<Responder>[0]>();
  const closed = Promise.withResolvers<void>();
  return {
    opened: opened.promise,
    closed: closed.promise,
    responder: (response) => {
      response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
      response.on("close", closed.resolve);
      opened.resolve(response);
    },
  };
}

const ended =
  (...events: string[]): Responder =>
  (response) =>
    response.writeHead(200, { "content-type": "text/event-stream" }).end(events.join(""));

async function listen(started: CombinedUnderTest) {
  const client = await openSession(started);
  return openMcp(started.url, { ...LISTEN, headers: [...client.headers, ...LISTEN.headers] });
}

describe("the stream of a GET", () => {
  it("has the events of all members as they arrive, and ends with the last", async () => {
    const [first, second] = [controlled(), controlled()];
    const started = await endpoint({
      notes: await member({ GET: first.responder }),
      reports: await member({ GET: second.responder }),
      none: await member(),
    });
    const stream = await listen(started);
    const [toNotes, toReports] = await Promise.all([first.opened, second.opened]);
    toReports.write(sseEvent({ ...CHANGED, method: "notifications/prompts/list_changed" }));
    expect(await stream.nextEvent()).toContain("prompts/list_changed");
    toNotes.end(`\uFEFF: comment\n\nid: 7\n${sseEvent({ jsonrpc: "2.0", id: 3, method: "roots/list" })}`);
    const event = (await stream.nextEvent()) ?? "";
    expect(event).toMatch(/^(?:event: message\n)?id: notes\.g\.\S+\n/);
    expect(event).toContain('"id":"notes.3"');
    toReports.end(sseEvent(CHANGED));
    expect(await stream.nextEvent()).toContain("tools/list_changed");
    expect(await stream.nextEvent()).toBeUndefined();
    await started.served();
    const gets = auditLines(started).filter((line) => line["http_method"] === "GET");
    expect(gets.map((line) => [line["server"], line["status"], line["broken"]])).toEqual(
      expect.arrayContaining([
        ["none", 405, undefined],
        ["notes", 200, undefined],
        ["reports", 200, undefined],
        ["/mcp", 200, undefined],
      ]),
    );
  });

  it("continues when one member's stream breaks off", async () => {
    const [first, second] = [controlled(), controlled()];
    const started = await endpoint({
      notes: await member({ GET: first.responder }),
      reports: await member({ GET: second.responder }),
    });
    const stream = await listen(started);
    const [toNotes, toReports] = await Promise.all([first.opened, second.opened]);
    toNotes.socket?.destroy();
    toReports.end(sseEvent(CHANGED));
    expect(await stream.nextEvent()).toContain("tools/list_changed");
    expect(await stream.nextEvent()).toBeUndefined();
    await started.served();
    const broken = auditLines(started).filter((line) => line["broken"]);
    expect(broken.map((line) => line["server"])).toEqual(["notes"]);
  });

  it("closes all members' streams when the client disconnects, including one that opens later", async () => {
    const [first, late] = [controlled(), controlled()];
    const waiting = Promise.withResolvers<() => void>();
    const notes = await member({ GET: first.responder });
    const reports = await member({
      GET: (response, request) => waiting.resolve(() => late.responder(response, request)),
    });
    const started = await endpoint({ notes, reports });
    const stream = await listen(started);
    await first.opened;
    const open = await waiting.promise;
    stream.message.destroy();
    await first.closed;
    open();
    await late.closed;
    await started.served();
    expect(auditLines(started).at(-1)).toMatchObject({ server: "/mcp", broken: true });
  });

  it("is resumed at the member of the last event id; the others' streams are new", async () => {
    const [notes, reports] = [
      await member({ GET: ended(`id: e-1\n${sseEvent(CHANGED)}`) }),
      await member({ GET: ended() }),
    ];
    const client = await openSession(await endpoint({ notes, reports }));
    const response = await client.send(LISTEN);
    const [, eventId = ""] = /^id: (.+)$/m.exec(response.body) ?? [];
    notes.clear();
    reports.clear();
    await client.send({ ...LISTEN, headers: [...LISTEN.headers, "Last-Event-ID", eventId] });
    const lastEventIds = [notes, reports].map(({ requests }) =>
      requests.map((request) => recordedValues(request, "last-event-id")),
    );
    expect(lastEventIds).toEqual([[["e-1"]], [[]]]);
  });

  it.each(["e-1", "notes.g.e-1", "unlisted.g.AAAA", "notes.x.AAAA"])(
    "does not resume from %s, which it did not send",
    async (eventId) => {
      const notes = await member({ GET: rpcError(405, 405) });
      const client = await openSession(await endpoint({ notes, other: await member() }));
      notes.clear();
      const response = await client.send({
        ...LISTEN,
        headers: [...LISTEN.headers, "Last-Event-ID", eventId],
      });
      expect([400, 405]).toContain(response.status);
      expect(notes.received()).toEqual([]);
    },
  );

  it("does not resume from another user's event id", async () => {
    const members = {
      notes: await member({ GET: ended(`id: e-1\n${sseEvent(CHANGED)}`) }),
      other: await member(),
    };
    const response = await (await openSession(await endpoint(members))).send(LISTEN);
    const [, eventId = ""] = /^id: (.+)$/m.exec(response.body) ?? [];
    const bob = await openSession(await endpoint(members, { caller: { sub: "U2bob" } }));
    members.notes.clear();
    await bob.send({ ...LISTEN, headers: [...LISTEN.headers, "Last-Event-ID", eventId] });
    expect(members.notes.received()).toEqual([]);
  });

  it("contains no event of a member without get_stream, which gets no request", async () => {
    const notes = await member({ GET: openStream(sseEvent(CHANGED)) });
    const reports = await member({ GET: ended(sseEvent({ ...CHANGED, method: "notifications/other" })) });
    const started = await endpoint({ notes: { url: notes.url, settings: { get_stream: false } }, reports });
    const response = await (await openSession(started)).send(LISTEN);
    expect(messagesIn(response).map(({ method }) => method)).toEqual(["notifications/other"]);
    expect(notes.received()).not.toContain("GET");
    await started.served();
    expect(
      auditLines(started).filter((line) => line["server"] === "notes" && line["http_method"] === "GET"),
    ).toEqual([]);
  });

  it.each([
    ["405", rpcError(405, 405)],
    ["400", rpcError(400, -32000)],
  ])("is 405 if every member responds with %s", async (_, GET) => {
    const client = await openSession(await endpoint({ notes: await member({ GET }), other: await member() }));
    const response = await client.send(LISTEN);
    expect([response.status, valuesOf(response, "allow")]).toEqual([405, ["POST, DELETE"]]);
  });

  it("is 405 if no member has get_stream, or the caller may use no member", async () => {
    const settings = { get_stream: false };
    const [notes, other] = [await member(), await member()];
    const none = await endpoint({ notes: { url: notes.url, settings }, other: { url: other.url, settings } });
    expect((await (await openSession(none)).send(LISTEN)).status).toBe(405);
    const absent = await endpoint(
      { notes, other },
      { access: (name) => ({ type: "absent", name, reason: "claim_mismatch" }) },
    );
    expect((await (await openSession(absent)).send(LISTEN)).status).toBe(405);
  });

  it("is an error if no member opens one and one is down", async () => {
    const started = await endpoint({
      notes: await member({ GET: rpcError(500, 500) }),
      other: await member(),
    });
    const response = await (await openSession(started)).send(LISTEN);
    expect([response.status, jsonOf(response).error.data.reason]).toEqual([502, "downstream_unreachable"]);
    expect(auditLines(started).at(-1)).toMatchObject({ members_unavailable: ["notes: error"] });
  });

  it("names a member that cannot be initialised, and is an error if no other opens a stream", async () => {
    const unreadable = { initialize: jsonResult({ capabilities: {} }) };
    const reports = await member({ GET: rpcError(405, 405) });
    const started = await endpoint({ notes: await member(unreadable), reports });
    const client = await openSession(started);
    expect((await client.send(LISTEN)).status).toBe(502);
    reports.on("GET", ended(sseEvent(CHANGED)));
    expect(messagesIn(await client.send(LISTEN))).toEqual([CHANGED]);
    await started.served();
    const lines = auditLines(started).filter(
      (line) => line["server"] === "/mcp" && line["http_method"] === "GET",
    );
    expect(lines.map((line) => line["members_unavailable"])).toEqual(
      Array(2).fill([
        expect.stringContaining("notes: Error: the result of initialize has no protocolVersion"),
      ]),
    );
  });

  it("omits an event that cannot be translated", async () => {
    const notes = await member({
      GET: ended(
        'data: {"method":"notifications/resources/updated","params":{"uri":"a:b","uri":"c:d"}}\n\n',
        sseEvent(CHANGED),
      ),
    });
    const client = await openSession(await endpoint({ notes, other: await member() }));
    expect(messagesIn(await client.send(LISTEN))).toEqual([CHANGED]);
  });
});

const SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId";
const STATELESS = {
  _meta: {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": { name: "c", version: "1" },
    "io.modelcontextprotocol/clientCapabilities": {},
  },
};
const subscribe = (notifications: object) => ({
  headers: [
    "MCP-Protocol-Version",
    "2026-07-28",
    "Mcp-Method",
    "subscriptions/listen",
    "Accept",
    "text/event-stream, application/json",
  ],
  body: { jsonrpc: "2.0", id: 5, method: "subscriptions/listen", params: { notifications, ...STATELESS } },
});
const acknowledged = (notifications: object) => ({
  jsonrpc: "2.0",
  method: "notifications/subscriptions/acknowledged",
  params: { notifications, _meta: { [SUBSCRIPTION]: 5 } },
});
const COMPLETE = { jsonrpc: "2.0", id: 5, result: { resultType: "complete", _meta: { [SUBSCRIPTION]: 5 } } };
const complete: Responder = (response, request) =>
  response.end(sseEvent({ jsonrpc: "2.0", id: messageOf(request).id, result: { resultType: "complete" } }));

describe("a subscription", () => {
  it("begins with one acknowledgement of all members, although a notification arrives before it, and ends with one result", async () => {
    const notes = await member({
      "subscriptions/listen": (response, request) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(sseEvent(CHANGED) + sseEvent(acknowledged({ toolsListChanged: true })));
        complete(response, request);
      },
    });
    const reports = await member({
      "subscriptions/listen": (response, request) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(sseEvent(acknowledged({ toolsListChanged: true, promptsListChanged: true })));
        complete(response, request);
      },
    });
    const { url } = await endpoint({ notes, reports });
    const response = await clientOf(url).send(
      subscribe({ toolsListChanged: true, promptsListChanged: true }),
    );
    expect(messagesIn(response)).toEqual([
      acknowledged({ toolsListChanged: true, promptsListChanged: true }),
      CHANGED,
      COMPLETE,
    ]);
  });

  it("continues without members that have no subscriptions", async () => {
    const notes = await member({ "subscriptions/listen": rpcError(404, -32601) });
    const reports = await member({
      "subscriptions/listen": ended(sseEvent(acknowledged({ toolsListChanged: true })), sseEvent(CHANGED)),
    });
    const { url } = await endpoint({ notes, reports });
    const response = await clientOf(url).send(subscribe({ toolsListChanged: true }));
    expect(messagesIn(response)).toEqual([acknowledged({ toolsListChanged: true }), CHANGED, COMPLETE]);
  });

  it.each([
    ["a response", rpcError(404, -32601), 404],
    ["its stream", ended(sseEvent({ jsonrpc: "2.0", id: 5, error: { code: -32601, message: "no" } })), 200],
  ] as [string, Responder, number][])(
    "that every member rejects in %s is rejected",
    async (_, responder, status) => {
      const script = { "subscriptions/listen": responder };
      const { url } = await endpoint({ notes: await member(script), reports: await member(script) });
      const rejected = await clientOf(url).send(subscribe({ toolsListChanged: true }));
      expect(rejected.status).toBe(status);
      const [message, ...others] = status === 200 ? messagesIn(rejected) : [jsonOf(rejected)];
      expect([message, others]).toEqual([
        expect.objectContaining({ id: 5, error: expect.objectContaining({ code: -32601 }) }),
        [],
      ]);
    },
  );

  it("is an error with the client's names if a member rejects it", async () => {
    const notes = await member({ "subscriptions/listen": (response) => response.socket?.destroy() });
    const data = { elicitations: [{ elicitationId: "x" }] };
    const reports = await member({
      "subscriptions/listen": (response) => {
        response.writeHead(400, { "content-type": "application/json" });
        response.end(JSON.stringify({ jsonrpc: "2.0", id: 5, error: { code: -32602, message: "no", data } }));
      },
    });
    const { url } = await endpoint(
      { absent: await member(), notes, reports },
      {
        access: (name) =>
          name === "absent" ? { type: "absent", name, reason: "claim_mismatch" } : undefined,
      },
    );
    const rejected = await clientOf(url).send(subscribe({ resourceSubscriptions: ["docs://reports/a"] }));
    expect(jsonOf(rejected).error.data.elicitations).toEqual([{ elicitationId: "reports.x" }]);
  });

  it("sends the events of a member that does not acknowledge once all others have responded", async () => {
    const notes = await member({ "subscriptions/listen": ended(sseEvent(CHANGED)) });
    const { url } = await endpoint({
      notes,
      reports: await member({ "subscriptions/listen": rpcError(404, -32601) }),
    });
    const response = await clientOf(url).send(subscribe({ toolsListChanged: true }));
    expect(messagesIn(response)).toEqual([CHANGED, COMPLETE]);
  });

  it("ends at all members when the client disconnects", async () => {
    const [first, second] = [controlled(), controlled()];
    const started = await endpoint({
      notes: await member({ "subscriptions/listen": first.responder }),
      reports: await member({ "subscriptions/listen": second.responder }),
    });
    const stream = await openMcp(started.url, subscribe({ toolsListChanged: true }));
    await Promise.all([first.opened, second.opened]);
    stream.message.destroy();
    await Promise.all([first.closed, second.closed]);
    await started.served();
  });

  it("is an error if it names nothing that the caller may use", async () => {
    const notes = await member();
    const { url } = await endpoint(
      { notes, other: await member() },
      { access: (name) => ({ type: "absent", name, reason: "claim_mismatch" }) },
    );
    const response = await clientOf(url).send(subscribe({ resourceSubscriptions: ["docs://notes/a"] }));
    expect(jsonOf(response).error).toMatchObject({ code: -32602 });
    expect(notes.received()).toEqual([]);
  });

  it("fails if no decision is possible about its only member", async () => {
    const { url } = await endpoint(
      { notes: await member(), other: await member({ "subscriptions/listen": jsonResult({}) }) },
      {
        access: (name) =>
          name === "notes" ? { type: "unavailable", name, reason: "keys_unavailable" } : undefined,
      },
    );
    const response = await clientOf(url).send(subscribe({ resourceSubscriptions: ["docs://notes/a"] }));
    expect(response.status).toBe(503);
  });
});
