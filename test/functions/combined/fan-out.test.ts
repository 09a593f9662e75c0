// Members that fail in every way while several are asked: left out, or the reason of the whole failure; never a delay of the others.
import { describe, expect, it } from "vitest";
import { clientOf, INITIALIZE, messagesIn, notice, toolNames } from "../../support/combined-client.ts";
import { auditLines, closeCombinedAfterEach, endpoint, member } from "../../support/combined-fixture.ts";
import { jsonOf } from "../../support/mcp-request.ts";
import { jsonResult, type Responder, sseEvent } from "../../support/recorder-server.ts";
import { pagesOf, rpcError, textResponse, tools } from "../../support/scripted-member.ts";

closeCombinedAfterEach();

const FAILURES: [string, Responder, reason: string, status: number][] = [
  ["responds with 500", rpcError(500, -32603), "error", 502],
  ["is limited", rpcError(429, 429, { "retry-after": "9" }), "error", 429],
  ["denies", rpcError(403, 403), "error", 502],
  ["sends an error of its own", rpcError(200, -32000), "rejected", 502],
  ["sends text", textResponse("<html>", "text/html"), "downstream_invalid_response", 502],
  [
    "sends half a message",
    textResponse('{"jsonrpc":"2.0","id":1,"result":{'),
    "the response is not readable",
    502,
  ],
  [
    "repeats a key",
    textResponse('{"jsonrpc":"2.0","id":1,"result":{},"result":{"tools":[]}}'),
    "the response is not readable",
    502,
  ],
  ["sends a result without a list", jsonResult({ tools: "none" }), "the result contains no list", 502],
  [
    "sends too many objects",
    textResponse(`{"jsonrpc":"2.0","id":1,"result":{"a":[${"{},".repeat(1_000_001)}{}]}}`),
    "the response is not readable",
    502,
  ],
  ["sends nothing", textResponse(""), "no response message", 502],
  [
    "ends its stream without a response",
    textResponse(": nothing\n\n", "text/event-stream"),
    "no response message",
    502,
  ],
  ["closes the connection", (response) => response.socket?.destroy(), "downstream_unreachable", 502],
  [
    "breaks its response off",
    (response) => {
      response.writeHead(200, { "content-type": "application/json", "content-length": "500" });
      response.write('{"jsonrpc"', () => response.socket?.destroy());
    },
    "closed",
    502,
  ],
];

/** A denial with a reason of the member's own. */
const reasonOfItsOwn =
  (reason: unknown): Responder =>
  (response) => {
    response.writeHead(403, { "content-type": "application/json" });
    response.end(
      JSON.stringify({ jsonrpc: "2.0", id: 1, error: { code: 403, message: "x", data: { reason } } }),
    );
  };

describe("a member's own text", () => {
  it.each([
    ["a long text", "x".repeat(1_000_000)],
    ["a text with a credential", "the token Bearer secret-of-the-server is invalid"],
    ["the name of a property", "constructor"],
    ["a list", ["forged"]],
    ["a reason of the gateway", "internal_error"],
  ])("is not in the audit line if it calls it the reason of an error: %s", async (_name, reason) => {
    const notes = await member({ "tools/list": reasonOfItsOwn(reason) });
    const started = await endpoint({ notes });
    await clientOf(started.url).request("tools/list");
    const line = auditLines(started).find((each) => each["members_unavailable"]);
    expect(line?.["members_unavailable"]).toEqual(["notes: error"]);
  });
});

describe("a member that", () => {
  it.each(FAILURES)("%s is omitted from a merged list, which names it", async (_, responder, reason) => {
    const notes = await member({ "tools/list": responder });
    const started = await endpoint({
      notes,
      reports: await member({ "tools/list": jsonResult(tools("a")) }),
    });
    const merged = await clientOf(started.url).request("tools/list");
    expect([toolNames(merged), notice(merged)]).toEqual([["reports__a"], ["notes"]]);
    const line = auditLines(started).find((each) => each["members_unavailable"]);
    expect(line?.["members_unavailable"]).toEqual([expect.stringContaining(`notes: `)]);
    expect(String(line?.["members_unavailable"])).toContain(reason);
    expect(line).not.toHaveProperty("broken");
  });

  it.each(FAILURES)(
    "%s makes a merged list fail with on_unavailable: fail",
    async (_, responder, _reason, status) => {
      const notes = await member({ "tools/list": responder });
      const { url } = await endpoint(
        { notes, reports: await member({ "tools/list": jsonResult(tools("a")) }) },
        { combined: { on_unavailable: "fail" } },
      );
      const merged = await clientOf(url).request("tools/list");
      expect([merged.status, jsonOf(merged).id]).toEqual([status, 1]);
      expect(jsonOf(merged).error.message).toContain("notes");
    },
  );

  it("is slow delays a merged list only until its time limit, and is omitted", async () => {
    const notes = await member({ "tools/list": () => {} });
    const drips = await member({
      "tools/list": (response) => {
        response.writeHead(200, { "content-type": "application/json" });
        const timer = setInterval(() => response.write(" "), 5);
        response.on("close", () => clearInterval(timer));
      },
    });
    const endless = await member({ "tools/list": pagesOf(Number.POSITIVE_INFINITY) });
    const reports = await member({ "tools/list": jsonResult(tools("a")) });
    const started = await endpoint({ notes, drips, endless, reports }, { mergedPartMs: 300 });
    const merged = await clientOf(started.url).request("tools/list");
    expect(toolNames(merged)).toContain("reports__a");
    expect(notice(merged)).toEqual(["notes", "drips"]);
    expect(auditLines(started).at(-1)?.["members_unavailable"]).toHaveLength(2);
  });

  it("the gateway cannot decide about is omitted", async () => {
    const reports = await member({ "tools/list": jsonResult(tools("a")) });
    const started = await endpoint(
      { notes: await member(), failing: await member(), reports },
      {
        access: (name) => {
          if (name === "failing") throw new Error("a defect");
          return name === "notes" ? { type: "unavailable", name, reason: "keys_unavailable" } : undefined;
        },
      },
    );
    const merged = await clientOf(started.url).request("tools/list");
    expect([toolNames(merged), notice(merged)]).toEqual([["reports__a"], ["notes", "failing"]]);
    expect(auditLines(started).at(-1)).toMatchObject({
      members_unavailable: ["notes: keys_unavailable", expect.stringContaining("failing: internal_error")],
    });
  });

  it("fails after a relayed notification ends the event stream with the error", async () => {
    const log = { jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: "x" } };
    const notes = await member({
      "tools/list": (response) =>
        response.writeHead(200, { "content-type": "text/event-stream" }).end(sseEvent(log)),
    });
    const started = await endpoint(
      { notes, reports: await member({ "tools/list": jsonResult(tools("a")) }) },
      { combined: { on_unavailable: "fail" } },
    );
    const merged = await clientOf(started.url).request("tools/list");
    expect(merged.status).toBe(200);
    expect(messagesIn(merged)).toEqual([log, expect.objectContaining({ id: 1, error: expect.anything() })]);
    expect(auditLines(started).at(-1)).toMatchObject({ status: 200, reason: "downstream_unreachable" });
  });
});

it.each([
  ["initialize", INITIALIZE],
  ["tools/list", {}],
  ["logging/setLevel", { level: "info" }],
])("%s succeeds with on_unavailable: fail if all members respond", async (method, params) => {
  const part = { "tools/list": jsonResult(tools("a")), "logging/setLevel": jsonResult({}) };
  const { url } = await endpoint(
    { notes: await member(part), reports: await member(part) },
    { combined: { on_unavailable: "fail" } },
  );
  const response = await clientOf(url).request(method, params);
  expect([response.status, jsonOf(response).error]).toEqual([200, undefined]);
});
