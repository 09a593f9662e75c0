// Clients find the request of a report of progress by its token alone, on any stream, and most count their tokens: behind one URL, a member
// could report progress of another member's request, and keep its client waiting.
import { describe, expect, it } from "vitest";
import { type CombinedClient, clientOf, messagesIn, openSession } from "../support/combined-client.ts";
import { auditLines, closeCombinedAfterEach, endpoint, member } from "../support/combined-fixture.ts";
import { connectClient } from "../support/mcp-clients.ts";
import { jsonResult, messageOf, type Responder, sseEvent } from "../support/recorder-server.ts";
import { pagesOf, textResponse } from "../support/scripted-member.ts";

closeCombinedAfterEach();

type Params = { _meta?: { progressToken?: unknown } };
const tokenOf = (request: Parameters<Responder>[1]) =>
  (messageOf(request) as { params?: Params }).params?._meta?.progressToken;
const report = (progressToken: unknown) => ({
  jsonrpc: "2.0",
  method: "notifications/progress",
  params: { progressToken, progress: 1 },
});
/** Reports progress with each of these tokens, then responds. */
const reporting =
  (tokens: (own: unknown) => unknown[]): Responder =>
  (response, request) => {
    const events = tokens(tokenOf(request)).map((token) => sseEvent(report(token)));
    const result = sseEvent({ jsonrpc: "2.0", id: messageOf(request).id, result: { content: [] } });
    textResponse(events.join("") + result, "text/event-stream")(response, request);
  };
const call = (client: CombinedClient, name: string, progressToken: unknown, id = 5) =>
  client.request("tools/call", { name, _meta: { progressToken } }, id);
const listen = { method: "GET", headers: ["Accept", "text/event-stream"], body: null };
const tokensIn = (response: { body: string }) =>
  messagesIn(response)
    .filter(({ method }) => method === "notifications/progress")
    .map(({ params }) => params.progressToken);
const STATELESS = { "io.modelcontextprotocol/protocolVersion": "2026-07-28" };

describe("a member of the combined endpoint reports progress", () => {
  it.each([5, "five", 0])("of its own request, with the client's token %j", async (token) => {
    const notes = await member({ "tools/call": reporting((own) => [own]) });
    const client = await openSession(await endpoint({ notes, other: await member() }));
    expect(tokensIn(await call(client, "notes__x", token))).toEqual([token]);
  });

  it("of its own request in the era without sessions", async () => {
    const notes = await member({ "tools/call": reporting((own) => [own]) });
    const client = clientOf((await endpoint({ notes, other: await member() })).url);
    const _meta = { progressToken: 5, ...STATELESS };
    expect(tokensIn(await client.request("tools/call", { name: "notes__x", _meta }, 5))).toEqual([5]);
  });

  it("of its own request on the stream of a GET, as some servers do", async () => {
    let token: unknown;
    const notes = await member({
      "tools/call": (response, request) => {
        token = tokenOf(request);
        jsonResult({ content: [] })(response, request);
      },
      GET: (response, request) =>
        textResponse(sseEvent(report(token)), "text/event-stream")(response, request),
    });
    const client = await openSession(await endpoint({ notes, other: await member() }));
    await call(client, "notes__x", 7);
    expect(tokensIn(await client.send(listen))).toEqual([7]);
  });

  it("of its part of a list", async () => {
    const pages: Responder = (response, request) =>
      tokenOf(request) === undefined
        ? pagesOf(1)(response, request)
        : reporting((own) => [own, 5])(response, request);
    const notes = await member({ "tools/list": pages });
    const client = await openSession(await endpoint({ notes, other: await member() }));
    const response = await client.request("tools/list", { _meta: { progressToken: 5 } }, 5);
    expect(tokensIn(response)).toEqual([5]);
  });

  it("to an official client", async () => {
    const notes = await member({ "tools/call": reporting((own) => [own, own]) });
    const { url } = await endpoint({ notes, other: await member() });
    const client = await connectClient(url, "2025-11-25");
    const reports: unknown[] = [];
    await client.callTool({ name: "notes__x" }, { onprogress: (progress) => void reports.push(progress) });
    expect(reports).toEqual([{ progress: 1 }, { progress: 1 }]);
    await client.close();
  });
});

describe("a member of the combined endpoint cannot report progress of a request to another member", () => {
  // 6 is the token of a call to another member.
  const tokens = (own: unknown) => [6, "6", own, `${own}A`, "evil.6"];

  it("on the stream of its own request", async () => {
    const evil = await member({ "tools/call": reporting(tokens) });
    const client = await openSession(await endpoint({ evil, bank: await member() }));
    expect(tokensIn(await call(client, "evil__x", 5))).toEqual([5]);
  });

  it("without a token of its own", async () => {
    const evil = await member({ "tools/call": reporting(() => [5, 6]) });
    const client = await openSession(await endpoint({ evil, bank: await member() }));
    expect(tokensIn(await client.request("tools/call", { name: "evil__x" }, 5))).toEqual([]);
  });

  it("on the stream of a GET", async () => {
    const events = tokens("evil").map((token) => sseEvent(report(token)));
    const evil = await member({ GET: textResponse(events.join(""), "text/event-stream") });
    const client = await openSession(await endpoint({ evil, bank: await member() }));
    expect(tokensIn(await client.send(listen))).toEqual([]);
  });

  it("with the token that the other member got", async () => {
    let others: unknown;
    const bank = await member({
      "tools/call": (response, request) => {
        others = tokenOf(request);
        jsonResult({ content: [] })(response, request);
      },
    });
    const evil = await member({ "tools/call": reporting(() => [others]) });
    const client = await openSession(await endpoint({ evil, bank }));
    await call(client, "bank__x", 6);
    expect(others).toEqual(expect.stringMatching(/^[\w-]{30,}$/));
    expect(tokensIn(await call(client, "evil__x", 5))).toEqual([]);
  });

  it("with a token of an earlier session, or in the era without sessions of an earlier request", async () => {
    const seen: unknown[] = [];
    const evil = await member({
      "tools/call": (response, request) => {
        seen.push(tokenOf(request));
        reporting(() => [...seen])(response, request);
      },
    });
    const started = await endpoint({ evil, bank: await member() });
    expect(tokensIn(await call(await openSession(started), "evil__x", 6))).toEqual([6]);
    expect(tokensIn(await call(await openSession(started), "evil__x", 5))).toEqual([5]);
    const client = clientOf(started.url);
    const request = (token: number) =>
      client.request("tools/call", { name: "evil__x", _meta: { progressToken: token, ...STATELESS } }, token);
    expect(tokensIn(await request(6))).toEqual([6]);
    expect(tokensIn(await request(7))).toEqual([7]);
  });

  it("nor with any token if the session secret cannot be read, and the call is complete", async () => {
    const failing = () => Promise.reject(new Error("no secret"));
    const evil = await member({ "tools/call": reporting((own) => [own, 5]) });
    const sealedIds = { sealer: failing, opener: failing };
    const started = await endpoint({ evil, bank: await member() }, { sealedIds });
    const _meta = { progressToken: 5, ...STATELESS };
    const response = await clientOf(started.url).request("tools/call", { name: "evil__x", _meta }, 5);
    expect(messagesIn(response)).toEqual([{ jsonrpc: "2.0", id: 5, result: { content: [] } }]);
    await started.served();
    expect(auditLines(started)).toMatchObject([
      { server: "evil", status: 200 },
      { server: "/mcp", status: 200 },
    ]);
  });
});

describe("a member of the combined endpoint cannot keep a client from opening its stream again", () => {
  const events = `retry: 99999999999999\ndata:\n\nretry: 500\ndata:\n\nretry: never\ndata:\n\n`;
  const retriesIn = ({ body }: { body: string }) =>
    [...body.matchAll(/^retry: (\d+)$/gm)].map(([, ms]) => ms);

  it("by a long time on a merged stream", async () => {
    const evil = await member({ GET: textResponse(events, "text/event-stream") });
    const client = await openSession(await endpoint({ evil, bank: await member() }));
    expect(retriesIn(await client.send(listen))).toEqual(["60000", "500"]);
  });

  it("by a long time in the response to a call", async () => {
    const evil = await member({ "tools/call": textResponse(events, "text/event-stream") });
    const client = await openSession(await endpoint({ evil, bank: await member() }));
    expect(retriesIn(await call(client, "evil__x", 5))).toEqual(["60000", "500"]);
  });
});
