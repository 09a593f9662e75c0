// The reply to a request that several members work on.
import { describe, expect, it } from "vitest";
import { openMergedReply } from "../../../functions/combined/merged-reply.ts";
import { errorResponse } from "../../../functions/core/error-response.ts";
import { openReply } from "../../../functions/platform/response-stream.ts";
import { openExchange } from "../../../functions/proxy/exchange.ts";
import { installAwsLambda, openLambdaResponse } from "../../support/lambda-response.ts";
import { recordLog } from "../../support/recorded-log.ts";

function open(heartbeatMs = 60_000) {
  installAwsLambda();
  const stream = openLambdaResponse();
  const log = recordLog();
  const exchange = openExchange(
    { log, publicUrl: "https://mcp.example.com" },
    {
      request: { method: "POST", server: "/mcp", headers: new Map(), body: "" },
      requestId: "request",
      reply: openReply(stream, () => 900_000),
    },
    "/mcp",
  );
  return {
    reply: openMergedReply({ exchange, id: 5, heartbeatMs }),
    stream,
    line: () => {
      exchange.audit.close();
      return log.lines.at(-1)?.fields;
    },
  };
}

const DENIED = errorResponse("downstream_unreachable", "Not there.");

describe("a merged reply", () => {
  it("is JSON if no message comes before the response", async () => {
    const { reply, stream, line } = open();
    await reply.finish("{}", { "mcp-session-id": "s" });
    expect(stream.received()).toMatchObject({
      status: 200,
      headers: { "content-type": "application/json", "cache-control": "no-store", "mcp-session-id": "s" },
      body: "{}",
    });
    expect(line()).toMatchObject({ status: 200, bytes: 2, decision: "allow" });
  });

  it("is an event stream from the first message on", async () => {
    const { reply, stream } = open();
    reply.message('{"a":1}');
    reply.message('{"b":\r\n2}');
    await reply.finish("{}");
    expect(stream.received()).toMatchObject({
      status: 200,
      headers: { "content-type": "text/event-stream" },
      body: 'event: message\ndata: {"a":1}\n\nevent: message\ndata: {"b":\ndata: 2}\n\nevent: message\ndata: {}\n\n',
    });
  });

  it("sends messages that waited for the response's headers with the response", async () => {
    const { reply, stream } = open();
    reply.later('{"a":1}');
    await reply.finish("{}", { "mcp-session-id": "s" });
    expect(stream.received()).toMatchObject({
      headers: { "content-type": "text/event-stream", "mcp-session-id": "s" },
      body: 'event: message\ndata: {"a":1}\n\nevent: message\ndata: {}\n\n',
    });
  });

  it("is the error response if nothing has been sent, and the error's event otherwise", async () => {
    const unsent = open();
    await unsent.reply.fail(DENIED);
    expect(unsent.stream.writableFinished).toBe(true);
    expect(unsent.stream.received().status).toBe(502);
    expect(unsent.line()).toMatchObject({ status: 502, reason: "downstream_unreachable" });
    const begun = open();
    begun.reply.message("{}");
    await begun.reply.fail(DENIED);
    expect(begun.stream.writableFinished).toBe(true);
    const { status, body } = begun.stream.received();
    expect(status).toBe(200);
    expect(body).toContain('"id":5,"error":{"code":502,"message":"Not there."');
    expect(begun.line()).toMatchObject({ status: 200, reason: "downstream_unreachable" });
  });

  it("sends comments while it is idle, and none after it was aborted", async () => {
    const { reply, stream } = open(5);
    reply.message("{}");
    while (!stream.bytes.includes(": keep-alive")) await new Promise((resolve) => setTimeout(resolve, 5));
    reply.abort("a defect");
    await new Promise((resolve) => setTimeout(resolve, 20));
    const sent = stream.bytes.length;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(stream.bytes.length).toBe(sent);
  });

  it("omits messages after the client has disconnected, and reports that at the end", async () => {
    const { reply, stream } = open();
    reply.message("{}");
    stream.destroy();
    await new Promise((resolve) => setImmediate(resolve));
    reply.message("{}");
    await expect(reply.finish("{}")).rejects.toThrow("the client closed the connection");
  });

  it("can be aborted before it has begun", () => {
    expect(() => open().reply.abort(new Error("a defect"))).not.toThrow();
  });
});
