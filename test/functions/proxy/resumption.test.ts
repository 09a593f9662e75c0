// Streams that a server ends early and the client resumes (SEP-1699), and whose they are.
import type { IncomingHttpHeaders, RequestListener } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SecretUnavailable } from "../../../functions/platform/secret-store.ts";
import { type LoopbackServer, startHttp } from "../../support/loopback-server.ts";
import { contextOf, principalWith } from "../../support/principals.ts";
import { type ProxyOptions, proxyTo } from "../../support/proxy-under-test.ts";

let downstream: LoopbackServer;
let seen: IncomingHttpHeaders[];
let respond: RequestListener;

const stream =
  (text: string, headers: Record<string, string> = {}): RequestListener =>
  (_, response) =>
    response.writeHead(200, { "content-type": "text/event-stream", ...headers }).end(text);

beforeEach(async () => {
  seen = [];
  respond = stream("id: e1\nretry: 5\ndata: \n\n");
  downstream = await startHttp((request, response) => {
    seen.push(request.headers);
    respond(request, response);
  });
});
afterEach(() => downstream.close());

/** The event id that a client gets for the server's `e1` of a call. */
async function eventId(options: ProxyOptions = {}, headers: Record<string, string> = {}): Promise<string> {
  const { body } = await proxyTo(downstream.url, options).send({ headers });
  seen = [];
  return /^id: (.*)$/m.exec(body)?.[1] ?? "none";
}

const resume = (
  id: string,
  more: { headers?: Record<string, string>; authorizer?: object } = {},
  options = {},
) =>
  proxyTo(downstream.url, options).send({
    method: "GET",
    body: "",
    ...(more.authorizer && { authorizer: more.authorizer as never }),
    headers: { Accept: "text/event-stream", "Last-Event-ID": id, ...more.headers },
  });

const caller = (overrides: object) => ({ authorizer: contextOf(principalWith(overrides)) });

describe("an event id", () => {
  it("hides the upstream's event id, and nothing else of the event changes", async () => {
    const { body } = await proxyTo(downstream.url).send();
    expect(body).toMatch(/^id: [\w-]{40,}\nretry: 5\ndata: \n\n$/);
    expect(Buffer.from(/id: (.*)/.exec(body)?.[1] ?? "", "base64url").toString("latin1")).not.toContain("e1");
  });

  it.each([false, true])("resumes the stream for its caller with get_stream %s", async (get_stream) => {
    const id = await eventId();
    respond = stream('id: e2\ndata: {"jsonrpc":"2.0","id":7,"result":{}}\n\n');
    const { status, body } = await resume(id, {}, { tools: { get_stream } });
    expect([status, seen.map((headers) => headers["last-event-id"])]).toEqual([200, ["e1"]]);
    expect(body).toMatch(/^id: [\w-]{40,}\ndata: \{"jsonrpc":"2.0","id":7,"result":\{\}\}\n\n$/);
  });

  it.each([
    ["another user", caller({ sub: "U2bob" })],
    ["a user of that name at another issuer", caller({ issuer: "https://other.example.com" })],
    ["the same user in another tenant", caller({ tenant: "T2" })],
  ])("is unknown to %s", async (_, other) => {
    const { status, json } = await resume(await eventId(), other);
    expect([status, json.error.data.reason, seen]).toEqual([400, "event_unknown", []]);
  });

  it.each([
    ["the server's own", () => "e1"],
    ["an invented one", () => "A".repeat(64)],
    ["an empty one", () => ""],
    ["an altered one", (id: string) => `${id.slice(0, -2)}AA`],
    ["two of them", (id: string) => `${id}, ${id}`],
  ])("is unknown if it is %s", async (_, altered) => {
    const { status, json } = await resume(altered(await eventId()));
    expect([status, json.error.data.reason, seen]).toEqual([400, "event_unknown", []]);
  });

  it("is valid only in the session in which it was sent", async () => {
    respond = stream("id: e1\ndata: \n\n", { "mcp-session-id": "s1" });
    const first = await proxyTo(downstream.url).send();
    const session = first.headers["mcp-session-id"] as string;
    const id = /id: (.*)/.exec(first.body)?.[1] ?? "";
    respond = stream("id: e1\ndata: \n\n", { "mcp-session-id": "s2" });
    const other = (await proxyTo(downstream.url).send()).headers["mcp-session-id"] as string;
    seen = [];

    expect((await resume(id, { headers: { "Mcp-Session-Id": session } })).status).toBe(200);
    expect(seen).toMatchObject([{ "mcp-session-id": "s1", "last-event-id": "e1" }]);
    expect((await resume(id, { headers: { "Mcp-Session-Id": other } })).status).toBe(400);
    expect((await resume(id)).status).toBe(400);
    expect((await resume(id, { headers: { "Mcp-Session-Id": id } })).status).toBe(404);
    expect(seen).toHaveLength(1);
  });

  it("with non-ASCII letters reaches the server in UTF-8", async () => {
    respond = stream("id: é李\ndata: \n\n");
    await resume(await eventId());
    expect(Buffer.from(String(seen[0]?.["last-event-id"]), "latin1").toString()).toBe("é李");
  });

  it("reaches the server only on a GET", async () => {
    await proxyTo(downstream.url).send({ headers: { "Last-Event-ID": "e1" } });
    expect(seen[0]?.["last-event-id"]).toBeUndefined();
  });

  it("is omitted from a complete stream if the secret cannot be read", async () => {
    const unavailable = async () => {
      throw new SecretUnavailable("the session secret could not be read");
    };
    const proxy = proxyTo(downstream.url, { sealedIds: { sealer: unavailable, opener: unavailable } });
    expect(await proxy.send()).toMatchObject({ status: 200, body: ":\nretry: 5\ndata: \n\n" });
  });
});

describe("a stream that its server still sends to another connection", () => {
  const CONFLICT = '{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"Conflict"}}';
  const taken: RequestListener = (_, response) =>
    response.writeHead(409, { "content-type": "application/json" }).end(CONFLICT);

  it("is requested again until it can be resumed", async () => {
    const id = await eventId();
    const free = stream("id: e2\ndata: {}\n\n");
    respond = (...exchange) => (seen.length < 3 ? taken(...exchange) : free(...exchange));
    expect((await resume(id)).status).toBe(200);
    expect(seen.map((headers) => headers["last-event-id"])).toEqual(["e1", "e1", "e1"]);
  });

  it("returns the server's 409 if that does not change within get_stream_seconds", async () => {
    const id = await eventId();
    respond = taken;
    const { status, body } = await resume(id, {}, { tools: { get_stream_seconds: 2 } });
    expect([status, body]).toEqual([409, CONFLICT]);
    expect(seen.length).toBeGreaterThan(1);
  });

  it("is requested only once if the GET does not resume a stream", async () => {
    respond = taken;
    const get = { method: "GET", headers: { Accept: "text/event-stream" } };
    expect((await proxyTo(downstream.url, { tools: { get_stream: true } }).send(get)).status).toBe(409);
    expect(seen).toHaveLength(1);
  });
});

describe("a GET without an event id", () => {
  it("is allowed or denied as get_stream says", async () => {
    const get = (get_stream: boolean) =>
      proxyTo(downstream.url, { tools: { get_stream } }).send({
        method: "GET",
        headers: { Accept: "text/event-stream" },
      });
    expect([(await get(false)).status, (await get(true)).status]).toEqual([405, 200]);
  });
});
