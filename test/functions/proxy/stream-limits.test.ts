// How the gateway ends streams that their servers do not end: cleanly, after the server has seen it, and without counting it as its fault.
import type { RequestListener } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRequestMetrics } from "../../../functions/platform/request-metrics.ts";
import { openLambdaResponse } from "../../support/lambda-response.ts";
import { type LoopbackServer, startHttp } from "../../support/loopback-server.ts";
import { type ProxyOptions, proxyTo } from "../../support/proxy-under-test.ts";

let downstream: LoopbackServer;
let respond: RequestListener;
/** what happened, in order */
let events: string[];

beforeEach(async () => {
  events = [];
  downstream = await startHttp((request, response) => {
    if (request.headers["x-next"] !== undefined) {
      events.push("the next request came");
      response.end();
      return;
    }
    response.on("close", () => events.push("the server saw the end"));
    respond(request, response);
  });
});
afterEach(() => downstream.close());

const GET = { method: "GET", body: "", headers: { Accept: "text/event-stream" } };
const LISTEN = '{"jsonrpc":"2.0","id":"l1","method":"subscriptions/listen","params":{}}';
const EVENT = 'data: {"jsonrpc":"2.0","method":"notifications/tools/list_changed"}\n\n';
const opensWith =
  (text: string): RequestListener =>
  (_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
    if (text !== "") response.write(text);
  };

/** Follows a request to its end. */
async function ended(options: ProxyOptions, event: object = GET, remainingMs = 900_000) {
  const proxy = proxyTo(downstream.url, { requestMetrics: createRequestMetrics("/p"), ...options });
  const { stream, done } = proxy.begin(event, openLambdaResponse(), remainingMs);
  const outcome = await done.then(
    () => "ended",
    (cause: Error) => cause.message,
  );
  // Whatever comes once the client has seen the end must find the stream closed at the server.
  await (await fetch(downstream.url, { headers: { "x-next": "1" } })).text();
  return { outcome, ...stream.received(), audit: proxy.log.lines.at(-1)?.fields ?? {} };
}

const IN_ORDER = ["the server saw the end", "the next request came"];

describe("a GET stream", () => {
  it.each(["", EVENT])("ends after get_stream_seconds, first for its server: %j", async (text) => {
    respond = opensWith(text);
    const { outcome, status, body, audit } = await ended({
      tools: { get_stream: true, get_stream_seconds: 1 },
    });
    expect([outcome, status, body]).toEqual(["ended", 200, text]);
    expect(audit).toMatchObject({ decision: "allow", status: 200, stream_ended: "maximum" });
    for (const field of ["broken", "cause", "DownstreamErrors"]) expect(audit).not.toHaveProperty(field);
    expect(events).toEqual(IN_ORDER);
  });

  it("ends without an error if its server is silent for idle_ms", async () => {
    respond = opensWith(EVENT);
    const { outcome, body, audit } = await ended({ tools: { get_stream: true, timeouts: { idle_ms: 50 } } });
    expect([outcome, body, audit["stream_ended"], audit["DownstreamErrors"]]).toEqual([
      "ended",
      EVENT,
      "idle",
      undefined,
    ]);
  });

  it.each([
    ["idle", { timeouts: { first_byte_ms: 50 } }],
    ["maximum", { get_stream_seconds: 1 }],
  ])("ends without an error (%s) if its server does not even send headers", async (end, tools) => {
    respond = () => {};
    const { outcome, status, headers, body, audit } = await ended({ tools: { get_stream: true, ...tools } });
    expect([outcome, status, headers["content-type"], body]).toEqual(["ended", 200, "text/event-stream", ""]);
    expect(audit).toMatchObject({ decision: "allow", stream_ended: end });
    expect(audit).not.toHaveProperty("reason");
  });

  it("ends before the function times out", async () => {
    respond = opensWith(EVENT);
    const { outcome, audit } = await ended({ tools: { get_stream: true } }, GET, 10_050);
    expect([outcome, audit["stream_ended"]]).toEqual(["ended", "time"]);
    expect(events).toEqual(IN_ORDER);
  });

  it("is aborted if its server aborts", async () => {
    respond = (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(EVENT, () => response.destroy());
    };
    const { outcome, audit } = await ended({ tools: { get_stream: true } });
    expect(outcome).toContain("the server closed the connection");
    expect(audit).toMatchObject({ broken: true, DownstreamErrors: 1 });
    expect(audit).not.toHaveProperty("stream_ended");
  });
});

it("a GET that resumes a stream ends after get_stream_seconds, with any value of get_stream", async () => {
  respond = (_, response) =>
    response.writeHead(200, { "content-type": "text/event-stream" }).end("id: e1\ndata: \n\n");
  const { body } = await proxyTo(downstream.url).send();
  const id = /id: (.*)/.exec(body)?.[1] ?? "";
  events = [];
  respond = opensWith("");
  const headers = { ...GET.headers, "Last-Event-ID": id };
  const { outcome, audit } = await ended({ tools: { get_stream_seconds: 1 } }, { ...GET, headers });
  expect([outcome, audit["stream_ended"]]).toEqual(["ended", "maximum"]);
});

describe("a subscription in revision 2026-07-28", () => {
  const RESULT =
    'event: message\ndata: {"jsonrpc":"2.0","id":"l1","result":{"resultType":"complete","_meta":{"io.modelcontextprotocol/subscriptionId":"l1"}}}\n\n';

  it.each<[string, Record<string, unknown>, number]>([
    ["idle", { timeouts: { idle_ms: 50 } }, 900_000],
    ["time", {}, 10_050],
  ])("ends with its result if the gateway ends it (%s)", async (end, tools, remainingMs) => {
    respond = opensWith(EVENT);
    const { outcome, body, audit } = await ended({ tools }, { body: LISTEN }, remainingMs);
    expect([outcome, body, audit["stream_ended"]]).toEqual(["ended", EVENT + RESULT, end]);
  });

  it("receives no result in the middle of an event", async () => {
    respond = opensWith("data: {");
    const { body } = await ended({ tools: { timeouts: { idle_ms: 50 } } }, { body: LISTEN });
    expect(body).not.toContain("complete");
  });

  it("does not have the maximum duration of GET streams", async () => {
    respond = (_, response) => {
      opensWith(EVENT)(_, response);
      setTimeout(() => response.end(EVENT), 1_300);
    };
    const { body, audit } = await ended({ tools: { get_stream_seconds: 1 } }, { body: LISTEN });
    expect([body, audit["stream_ended"]]).toEqual([EVENT + EVENT, undefined]);
  });
});

describe("a response to a POST", () => {
  it("that is an event stream is aborted if its server is silent", async () => {
    respond = opensWith(EVENT);
    const { outcome, audit } = await ended({ tools: { timeouts: { idle_ms: 50 } } }, {});
    expect(outcome).toContain("idle_timeout");
    expect(audit).toMatchObject({ broken: true });
  });

  it("that is JSON is aborted before the function times out, with an audit line", async () => {
    respond = (_, response) => response.writeHead(200, { "content-type": "application/json" }).write("{");
    const { outcome, audit } = await ended({}, {}, 10_050);
    expect(outcome).toBe("the response was incomplete at the function's timeout");
    expect(audit).toMatchObject({ broken: true, status: 200 });
    expect(events).toEqual(IN_ORDER);
  });

  it("that has not started when the function is about to time out becomes a 504 that does not suggest a retry", async () => {
    respond = () => {};
    const { status, body, audit } = await ended({}, {}, 10_050);
    expect([status, audit["reason"]]).toEqual([504, "downstream_timeout"]);
    expect(JSON.parse(body).error.message).toBe(
      "The MCP server has not responded within 290 s; it may still be running the request. Check before sending it again.",
    );
  });
});

it("the time until the server responds counts toward the maximum duration of its stream", async () => {
  let left = 10_600;
  respond = (_, response) => setTimeout(() => opensWith(EVENT)(_, response), 300);
  const requested = downstream.next("request");
  const proxy = proxyTo(downstream.url);
  const { done } = proxy.begin({}, openLambdaResponse(), () => left);
  await requested;
  left = 10_000;
  await done.catch(() => {});
  expect(proxy.log.lines.at(-1)?.fields).toMatchObject({ stream_ended: "time" });
});
