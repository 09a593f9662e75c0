// The handler of the combined endpoint: checks, defects, limits and audit lines.
import type { APIGatewayProxyEvent } from "aws-lambda";
import { afterEach, describe, expect, it } from "vitest";
import { createCombined } from "../../../functions/combined/handler.ts";
import { createHttpClient } from "../../../functions/platform/http-client.ts";
import { createRequestMetrics } from "../../../functions/platform/request-metrics.ts";
import { SecretUnavailable } from "../../../functions/platform/secret-store.ts";
import { clientOf, INITIALIZE, notice, openSession, toolNames } from "../../support/combined-client.ts";
import { auditLines, closeCombinedAfterEach, endpoint, member } from "../../support/combined-fixture.ts";
import { configSnapshot, configStoreOf } from "../../support/gateway-config.ts";
import { proxyEvent } from "../../support/gateway-events.ts";
import { installAwsLambda, openLambdaResponse } from "../../support/lambda-response.ts";
import { jsonOf, sendMcp } from "../../support/mcp-request.ts";
import { contextOf, principalWith } from "../../support/principals.ts";
import { valuesOf } from "../../support/raw-http.ts";
import { recordLog } from "../../support/recorded-log.ts";
import { jsonResult, sseEvent } from "../../support/recorder-server.ts";
import { rpcError, tools } from "../../support/scripted-member.ts";
import { NOW } from "../../support/tokens.ts";

closeCombinedAfterEach();

const rejections: unknown[] = [];
process.on("unhandledRejection", (cause) => rejections.push(cause));
afterEach(() => expect(rejections).toEqual([]));

const unexpected = () => Promise.reject(new Error("was called"));

function handlerOf(gateway: Record<string, unknown>, config = configStoreOf(configSnapshot({ gateway }))) {
  installAwsLambda();
  const log = recordLog();
  const handler = createCombined({
    config,
    send: unexpected,
    sign: unexpected,
    upstreamAuth: { apply: unexpected },
    sealedIds: { sealer: unexpected, opener: unexpected },
    countRequest: unexpected,
    decideMember: unexpected,
    publicUrl: "https://mcp.example.com",
    log,
    now: () => NOW,
  });
  return async (event: unknown) => {
    const stream = openLambdaResponse();
    await handler(event as APIGatewayProxyEvent, stream, { getRemainingTimeInMillis: () => 900_000 });
    const { status, body } = stream.received();
    return { status, body: JSON.parse(body), lines: log.lines.map(({ fields }) => fields) };
  };
}

const COMBINED = { combined: { servers: ["tools"] } };
const event = (authorizer?: object) =>
  proxyEvent({
    server: "/mcp",
    body: '{"jsonrpc":"2.0","id":1,"method":"tools/list"}',
    authorizer: authorizer as never,
  });
const caller = (parts = {}) => contextOf(principalWith({ server: "/mcp", ...parts }));

describe("a request to the combined endpoint is denied, with one audit line,", () => {
  it.each<[string, unknown, number, string]>([
    ["without a verified caller", event(), 403, "principal_missing"],
    ["with a caller verified for a member", event(caller({ server: "tools" })), 403, "principal_missing"],
    ["with an expired token", event(caller({ exp: 1 })), 401, "unauthorized"],
    [
      "if the authorizer did not know the endpoint",
      event(caller({ admitted: false })),
      404,
      "unknown_server",
    ],
    ["without a body", proxyEvent({ server: "/mcp", authorizer: caller() }), 400, "not_json"],
    [
      "with another method",
      proxyEvent({ server: "/mcp", method: "PATCH", authorizer: caller() }),
      405,
      "method_not_allowed",
    ],
    ["that is not an event of API Gateway", null, 403, "principal_missing"],
  ])("%s", async (_, sent, status, reason) => {
    const response = await handlerOf(COMBINED)(sent);
    expect([response.status, response.body.error.data.reason]).toEqual([status, reason]);
    expect(response.lines).toEqual([
      expect.objectContaining({ endpoint: "/mcp", decision: "deny", status, reason }),
    ]);
  });

  it("if the configuration no longer has the endpoint", async () => {
    const response = await handlerOf({})(event(caller()));
    expect([response.status, response.body.error.data.reason]).toEqual([404, "unknown_server"]);
    expect(response.lines).toHaveLength(1);
  });
});

describe("a request to the combined endpoint fails, with one audit line,", () => {
  it("without a configuration", async () => {
    const response = await handlerOf({}, configStoreOf(undefined))(event(caller()));
    expect([response.status, response.body.error.data.reason]).toEqual([503, "configuration_unavailable"]);
    expect(response.lines).toEqual([expect.objectContaining({ decision: "error", endpoint: "/mcp" })]);
  });

  it("with 500 if a secret cannot be read for an unexpected reason, and nothing is forwarded", async () => {
    const notes = await member();
    const started = await endpoint(
      { notes, other: await member() },
      { sealedIds: { sealer: unexpected, opener: unexpected } },
    );
    const response = await sendMcp(started.url, { headers: ["Mcp-Session-Id", "AAAA"] });
    expect([response.status, jsonOf(response).error.data.reason]).toEqual([500, "internal_error"]);
    expect(notes.received()).toEqual([]);
    expect(auditLines(started)).toEqual([
      expect.objectContaining({ decision: "error", reason: "internal_error" }),
    ]);
  });

  it("with 503 if the secret of sessions is unavailable", async () => {
    const unavailable = () => Promise.reject(new SecretUnavailable("no secret"));
    const { url } = await endpoint(
      { notes: await member(), other: await member() },
      { sealedIds: { sealer: unavailable, opener: unavailable } },
    );
    const response = await clientOf(url).request("initialize", INITIALIZE);
    expect(response.status).toBeGreaterThanOrEqual(502);
  });

  it("and the response is aborted if it has begun", async () => {
    const log = { jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: "x" } };
    let pages = 0;
    const notes = await member({
      "tools/list": (response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(sseEvent(log));
        const nextCursor = `page ${++pages}`;
        response.end(sseEvent({ jsonrpc: "2.0", id: 1, result: { ...tools("a"), nextCursor } }));
      },
    });
    const started = await endpoint(
      { notes, other: await member({ "tools/list": rpcError(200, -32601) }) },
      { sealedIds: { sealer: unexpected, opener: unexpected } },
    );
    await expect(clientOf(started.url).request("tools/list")).rejects.toThrow("aborted");
    await started.served();
    expect(auditLines(started).at(-1)).toMatchObject({ server: "/mcp", broken: true });
  });
});

describe("what holds at a member's own URL holds at the combined endpoint:", () => {
  it("a rate limit counts a routed call once, and its headers reach the client", async () => {
    const counted: unknown[] = [];
    const settings = { rate_limits: [{ name: "few", tools: ["add"], limit: 1, window: "1m" }] };
    const notes = { url: (await member()).url, settings };
    const { url } = await endpoint(
      { notes, other: await member() },
      {
        countRequest: async (applied) => {
          counted.push(applied.length);
          const [first] = applied;
          if (first === undefined) throw new Error("nothing to count");
          return {
            denial: { applied: first, why: "reached", retryMs: 9_000 },
            logged: [],
            failures: [],
            states: [],
          };
        },
      },
    );
    const response = await clientOf(url).request("tools/call", { name: "notes__add" });
    expect([response.status, valuesOf(response, "retry-after")]).toEqual([429, ["9"]]);
    expect(jsonOf(response)).toMatchObject({
      id: 1,
      error: { data: { reason: "rate_limited", limit: "few" } },
    });
    expect(counted).toEqual([1]);
  });

  it("a rule hides tools in the merged list and denies the call", async () => {
    const script = { "tools/list": jsonResult(tools("open", "closed")) };
    const notes = await member(script);
    const settings = { tool_authorization: { closed: { required_claims: { plan: { values: "pro" } } } } };
    const { url } = await endpoint({ notes: { url: notes.url, settings }, other: await member(script) });
    const listed = toolNames(await clientOf(url).request("tools/list"));
    expect(listed).toEqual(["notes__open", "other__open", "other__closed"]);
    const denied = await clientOf(url).request("tools/call", { name: "notes__closed" });
    expect(jsonOf(denied).error.code).toBe(-32602);
    expect(notes.received()).toEqual(["tools/list"]);
  });
});

describe("the combined endpoint", () => {
  it("counts unavailable members in a metric for the server /mcp", async () => {
    const started = await endpoint(
      {
        notes: await member({ "tools/list": rpcError(500, 500) }),
        other: await member({ "tools/list": jsonResult(tools("a")) }),
      },
      { requestMetrics: createRequestMetrics("/mcp-gateway") },
    );
    expect(notice(await clientOf(started.url).request("tools/list"))).toEqual(["notes"]);
    await started.served();
    expect(auditLines(started).at(-1)).toMatchObject({ server: "/mcp", MembersUnavailable: 1, Requests: 1 });
  });

  it("writes a member's audit line before the handler returns, even while the member's response continues", async () => {
    const closed = Promise.withResolvers<void>();
    const notes = await member({
      "tools/list": (response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(sseEvent({ jsonrpc: "2.0", id: 1, result: tools("a") }));
        response.on("close", closed.resolve);
      },
    });
    const started = await endpoint({ notes, other: await member({ "tools/list": jsonResult(tools("b")) }) });
    const response = await clientOf(started.url).request("tools/list");
    expect(toolNames(response)).toEqual(["notes__a", "other__b"]);
    await started.served();
    await closed.promise;
    expect(
      auditLines(started)
        .map((line) => [line["server"], line["broken"]])
        .toSorted(),
    ).toEqual([
      ["/mcp", undefined],
      ["notes", undefined],
      ["other", undefined],
    ]);
  });

  it("leaves no timer, listener or connection behind", async () => {
    const notes = await member({
      "tools/list": jsonResult(tools("a")),
      "tools/call": jsonResult({ content: [] }),
    });
    const started = await endpoint({ notes, other: await member() }, { send: createHttpClient() });
    const client = await openSession(started);
    const before = process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
    for (let round = 0; round < 20; round += 1) {
      await client.request("tools/list");
      await client.request("tools/call", { name: "notes__a" });
    }
    await started.served();
    const after = process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
    expect(after - before).toBeLessThan(10);
  });
});
