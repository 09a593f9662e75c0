// The response to a request for one member: what the client gets at the member's own URL, with the names of the combined endpoint.
import { once } from "node:events";
import { request as openRequest } from "node:http";
import { describe, expect, it } from "vitest";
import { clientOf, messagesIn, openSession } from "../../support/combined-client.ts";
import { auditLines, closeCombinedAfterEach, endpoint, member } from "../../support/combined-fixture.ts";
import type { CombinedUnderTest } from "../../support/combined-under-test.ts";
import { closedPort } from "../../support/loopback-server.ts";
import { jsonOf, requestHeaders, sendMcp } from "../../support/mcp-request.ts";
import { type RawResponse, valuesOf } from "../../support/raw-http.ts";
import { jsonResult, messageOf, type Responder, sseEvent } from "../../support/recorder-server.ts";
import { floodingStream, rpcError } from "../../support/scripted-member.ts";
import { openMcp } from "../../support/streamed-response.ts";

closeCombinedAfterEach();

const HEADERS = [
  "allow",
  "cache-control",
  "content-type",
  "retry-after",
  "www-authenticate",
  "ratelimit",
  "ratelimit-policy",
  "x-accel-buffering",
];

function seen(response: RawResponse): unknown {
  const body = response.body.replaceAll("notes__", "").replaceAll(/"request_id":"[^"]*"/g, "");
  return [response.status, HEADERS.map((name) => valuesOf(response, name)), body];
}

const callOf = (name: string) => ({
  body: { jsonrpc: "2.0", id: 4, method: "tools/call", params: { name, arguments: {} } },
});

async function both({ url, own }: CombinedUnderTest): Promise<[RawResponse, RawResponse]> {
  return [await sendMcp(url, callOf("notes__add")), await sendMcp(own("notes"), callOf("add"))];
}

const text =
  (status: number, body: string, headers: Record<string, string> = {}): Responder =>
  (response) =>
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);

const RESPONSES: [string, Responder][] = [
  ["a result", jsonResult({ content: [{ type: "text", text: "5" }] })],
  ["a result with strange spacing", text(200, ' {"jsonrpc":"2.0",\t"id":4,"result":{ "content":[] }}\n')],
  ["a result with NaN", text(200, '{"jsonrpc":"2.0","id":4,"result":{"structuredContent":{"a":NaN}}}')],
  ["a big number", text(200, '{"jsonrpc":"2.0","id":4,"result":{"a":12345678901234567890}}')],
  ["status 400", rpcError(400, -32602)],
  ["status 401", rpcError(401, 401, { "www-authenticate": "Bearer" })],
  ["status 403", rpcError(403, 403, { "www-authenticate": "Bearer" })],
  ["status 404", rpcError(404, -32601)],
  ["status 405", rpcError(405, 405, { allow: "GET" })],
  ["status 429", rpcError(429, 429, { "retry-after": "17", ratelimit: '"a";r=0' })],
  ["status 500", rpcError(500, -32603)],
  [
    "status 503 with a page",
    text(503, "<html>down</html>", { "content-type": "text/html", "retry-after": "3" }),
  ],
  ["a page", text(200, "<html>", { "content-type": "text/html" })],
  ["plain text", text(400, "no", { "content-type": "text/plain" })],
  ["an empty body", text(200, "")],
  ["status 202", (response) => response.writeHead(202).end()],
  ["a redirect", (response) => response.writeHead(302, { location: "/other" }).end()],
  [
    "a stream",
    (response, request) => {
      response.writeHead(200, { "content-type": "text/event-stream", "x-accel-buffering": "no" });
      response.end(`: hello\n\n${sseEvent({ jsonrpc: "2.0", id: messageOf(request).id, result: {} })}`);
    },
  ],
  [
    "a stream with strange lines",
    (response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.end('retry: 5\r\ndata: {"jsonrpc":"2.0",\r\ndata: "id":4,"result":{}}\r\n\r\n');
    },
  ],
  ["an empty stream", (response) => response.writeHead(200, { "content-type": "text/event-stream" }).end()],
  ["a connection that it closes", (response) => response.socket?.destroy()],
];

describe("a routed call gets the same response as at the member's own URL if the member sends", () => {
  it.each(RESPONSES)("%s", async (_, responder) => {
    const started = await endpoint({
      notes: await member({ "tools/call": responder }),
      other: await member(),
    });
    const [combined, own] = await both(started);
    expect(seen(combined)).toEqual(seen(own));
    await started.served();
    const lines = auditLines(started);
    expect(lines).toHaveLength(2);
    const {
      endpoint: through,
      total_ms: _ms,
      first_byte_ms: _fb,
      downstream_ms: _dm,
      ...line
    } = lines[0] as Record<string, unknown>;
    expect(through).toBe("/mcp");
    expect(lines[1]).toMatchObject(line);
  });
});

describe("a routed call", () => {
  it("to a member that is down gets the same response as at its own URL", async () => {
    const started = await endpoint({
      notes: { url: `http://127.0.0.1:${await closedPort()}/mcp` },
      other: await member(),
    });
    const [combined, own] = await both(started);
    expect(seen(combined)).toEqual(seen(own));
  });

  it("that a rule denies names the metadata of the combined endpoint", async () => {
    const settings = { tool_authorization: { add: { required_scopes: ["sums"] } } };
    const notes = { url: (await member()).url, settings };
    const started = await endpoint({ notes, other: await member() });
    const response = await sendMcp(started.url, callOf("notes__add"));
    expect(response.status).toBe(403);
    const [challenge] = valuesOf(response, "www-authenticate");
    expect(challenge).toContain('error="insufficient_scope"');
    expect(challenge).toContain('scope="sums"');
    expect(challenge).toContain("https://mcp.example.com/.well-known/oauth-protected-resource/mcp");
  });

  it("with a message that cannot be translated is an error, with a line for the endpoint and one for the member", async () => {
    const responder = text(200, '{"jsonrpc":"2.0","id":4,"result":{"tools":[{"name":"a","name":"b"}]}}');
    const started = await endpoint({
      notes: await member({ "tools/call": responder }),
      other: await member(),
    });
    const unreadable = await sendMcp(started.url, callOf("notes__add"));
    expect([unreadable.status, jsonOf(unreadable)]).toEqual([
      502,
      expect.objectContaining({
        id: 4,
        error: expect.objectContaining({
          data: expect.objectContaining({ reason: "downstream_invalid_response" }),
        }),
      }),
    ]);
    await started.served();
    expect(auditLines(started).map((line) => [line["server"], line["status"]])).toEqual([
      ["notes", 200],
      ["/mcp", 502],
    ]);
  });

  it("whose response is half a message is an error", async () => {
    const started = await endpoint({
      notes: await member({ "tools/call": text(200, '{"jsonrpc":"2.0","id":4,"result":{') }),
      other: await member(),
    });
    const half = await sendMcp(started.url, callOf("notes__add"));
    expect([half.status, jsonOf(half).error.data.reason]).toEqual([502, "downstream_invalid_response"]);
  });

  it("whose JSON response breaks off is an error", async () => {
    const responder: Responder = (response) => {
      response.writeHead(200, { "content-type": "application/json", "content-length": "500" });
      response.write('{"jsonrpc"', () => response.socket?.destroy());
    };
    const started = await endpoint({
      notes: await member({ "tools/call": responder }),
      other: await member(),
    });
    const broken = await sendMcp(started.url, callOf("notes__add"));
    expect([broken.status, jsonOf(broken).id]).toEqual([502, 4]);
    await started.served();
    expect(auditLines(started).map((line) => [line["server"], line["broken"]])).toEqual([
      ["notes", true],
      ["/mcp", undefined],
    ]);
  });

  it("whose stream breaks off is aborted, with the member's line alone", async () => {
    const responder: Responder = (response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(": hello\n\n", () => response.socket?.destroy());
    };
    const started = await endpoint({
      notes: await member({ "tools/call": responder }),
      other: await member(),
    });
    for (const [url, name] of [
      [started.url, "notes__add"],
      [started.own("notes"), "add"],
    ] as const)
      await expect(sendMcp(url, callOf(name))).rejects.toThrow("aborted");
    await started.served();
    expect(auditLines(started).map((line) => [line["server"], line["broken"]])).toEqual([
      ["notes", true],
      ["notes", true],
    ]);
  });

  const DATA = "QUJD".repeat(4_500_000);
  const large = (content: object): Responder =>
    jsonResult({ content: [content, { type: "image", mimeType: "image/png", data: DATA }] });

  it.each([
    ["JSON", large({ type: "text", text: "5" })],
    [
      "an event",
      ((response, request) => {
        const content = [{ type: "image", mimeType: "image/png", data: DATA }];
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.end(sseEvent({ jsonrpc: "2.0", id: messageOf(request).id, result: { content } }));
      }) as Responder,
    ],
  ])(
    "has a response of 17 MB as at the member's own URL: %s",
    async (_, responder) => {
      const started = await endpoint({
        notes: await member({ "tools/call": responder }),
        other: await member(),
      });
      const [combined, own] = await both(started);
      expect(combined.status).toBe(200);
      expect(combined.body.length).toBeGreaterThan(DATA.length);
      expect(combined.body === own.body).toBe(true);
    },
    60_000,
  );

  it("fails if its response of 17 MB contains names", async () => {
    const link = { type: "resource_link", uri: "docs://a", name: "a" };
    const started = await endpoint({
      notes: await member({ "tools/call": large(link) }),
      other: await member(),
    });
    const response = await sendMcp(started.url, callOf("notes__add"));
    expect([response.status, jsonOf(response).error.data.reason]).toEqual([
      502,
      "downstream_invalid_response",
    ]);
  });

  it("whose response of 17 MB has names behind its first 16 MB is aborted", async () => {
    const responder = jsonResult({
      content: [
        { type: "image", data: DATA },
        { type: "resource_link", uri: "docs://a", name: "a" },
      ],
    });
    const started = await endpoint({
      notes: await member({ "tools/call": responder }),
      other: await member(),
    });
    await expect(sendMcp(started.url, callOf("notes__add"))).rejects.toThrow("aborted");
  });

  it("relays each event at once, with the client's names", async () => {
    const sent = Promise.withResolvers<Parameters<Responder>[0]>();
    const notes = await member({
      "tools/call": (response) => {
        response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
        sent.resolve(response);
      },
    });
    const { url } = await endpoint({ notes, other: await member() });
    const stream = await openMcp(url, callOf("notes__add"));
    const response = await sent.promise;
    const elicitation = { jsonrpc: "2.0", id: 9, method: "elicitation/create", params: { message: "?" } };
    response.write(sseEvent(elicitation));
    expect(await stream.nextEvent()).toContain('"id":"notes.9"');
    response.write(`: comment\n\n`);
    expect(await stream.nextEvent()).toBe(": comment");
    response.end(sseEvent({ jsonrpc: "2.0", id: 4, result: {} }));
    expect(await stream.nextEvent()).toContain('"id":4');
    expect(await stream.nextEvent()).toBeUndefined();
  });

  it("ends at the member when the client disconnects", async () => {
    const closed = Promise.withResolvers<void>();
    const notes = await member({
      "tools/call": (response) => {
        response.writeHead(200, { "content-type": "text/event-stream" }).write(": hello\n\n");
        response.on("close", closed.resolve);
      },
    });
    const started = await endpoint({ notes, other: await member() });
    const stream = await openMcp(started.url, callOf("notes__add"));
    await stream.nextEvent();
    stream.message.destroy();
    await closed.promise;
    await started.served();
    expect(auditLines(started)).toEqual([expect.objectContaining({ server: "notes", broken: true })]);
  });

  it("pauses the member while the client does not read", async () => {
    const chunk = `data: ${"x".repeat(64 * 1024)}\n\n`;
    const flood = floodingStream(chunk, 4_000);
    const notes = await member({ "tools/call": flood.responder });
    const { url } = await endpoint({ notes, other: await member() });
    const outgoing = openRequest(url, {
      method: "POST",
      headers: ["Host", "localhost", ...requestHeaders(undefined, [])],
    });
    outgoing.end(JSON.stringify(callOf("notes__add").body));
    const [response] = await once(outgoing, "response");
    response.pause();
    await flood.paused;
    expect(flood.written()).toBeLessThan(4_000);
    response.destroy();
  });
});

describe("a member's stream with event ids", () => {
  it("is resumed at that member, with the member's own id, although it opens no stream for GET", async () => {
    const notes = await member({
      "tools/call": (response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.end("id: e-1\nretry: 1\ndata: \n\n");
      },
      GET: (response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.end(`id: e-2\n${sseEvent({ jsonrpc: "2.0", id: 1, result: { content: [] } })}`);
      },
    });
    const other = await member();
    const started = await endpoint({ notes: { url: notes.url, settings: { get_stream: false } }, other });
    const client = await openSession(started);
    const first = await client.request("tools/call", { name: "notes__add" });
    const [, eventId = ""] = /^id: (.+)$/m.exec(first.body) ?? [];
    expect(eventId).toMatch(/^notes\.p[\w-]{11}\./);
    const rest = await client.send({
      method: "GET",
      headers: ["Accept", "text/event-stream", "Last-Event-ID", eventId],
      body: null,
    });
    expect(messagesIn(rest)).toEqual([{ jsonrpc: "2.0", id: 1, result: { content: [] } }]);
    expect(/^id: (notes\.p[\w-]{11}\..+)$/m.exec(rest.body)).not.toBeNull();
    const resumed = notes.requests.at(-1);
    expect(resumed?.rawHeaders).toContain("e-1");
    expect(other.received()).not.toContain("GET");
    await started.served();
    expect(auditLines(started).at(-1)).toMatchObject({
      server: "notes",
      http_method: "GET",
      endpoint: "/mcp",
    });
  });
});

describe("a call to a member", () => {
  it("that the caller may not use gets the response for an unknown tool", async () => {
    const started = await endpoint(
      { notes: await member(), other: await member() },
      {
        access: (name) => (name === "notes" ? { type: "absent", name, reason: "claim_mismatch" } : undefined),
      },
    );
    const absent = await clientOf(started.url).request("tools/call", { name: "notes__add" });
    const unknown = await clientOf(started.url).request("tools/call", { name: "unlisted__add" });
    const shape = ({ status, body }: RawResponse) => [status, body.replaceAll(/notes|unlisted/g, "")];
    expect(shape(absent)).toEqual(shape(unknown));
    expect(auditLines(started)[0]).toMatchObject({
      server: "/mcp",
      members_absent: ["notes: claim_mismatch"],
    });
  });

  it("is denied with 503 if no decision is possible, and with 500 after an unexpected error", async () => {
    const started = await endpoint(
      { notes: await member(), other: await member() },
      {
        access: (name) => {
          if (name === "other") throw new Error("a defect");
          return { type: "unavailable", name, reason: "keys_unavailable" };
        },
      },
    );
    const client = clientOf(started.url);
    expect((await client.request("tools/call", { name: "notes__add" })).status).toBe(503);
    expect((await client.request("tools/call", { name: "other__add" })).status).toBe(500);
    expect(auditLines(started)).toEqual([
      expect.objectContaining({ members_unavailable: ["notes: keys_unavailable"], decision: "error" }),
      expect.objectContaining({
        members_unavailable: [expect.stringContaining("a defect")],
        decision: "error",
      }),
    ]);
  });
});
