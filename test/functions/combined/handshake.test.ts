// The beginning of a conversation at the combined endpoint, with members of different revisions and members without a part.
import { describe, expect, it } from "vitest";
import { clientOf, INITIALIZE, messagesIn } from "../../support/combined-client.ts";
import { auditLines, closeCombinedAfterEach, endpoint, member } from "../../support/combined-fixture.ts";
import { jsonOf } from "../../support/mcp-request.ts";
import { valuesOf } from "../../support/raw-http.ts";
import {
  jsonResult,
  messageOf,
  type Responder,
  recordedValues,
  sseEvent,
} from "../../support/recorder-server.ts";
import { rpcError } from "../../support/scripted-member.ts";

closeCombinedAfterEach();

const serverInfo = { name: "member", version: "1" };
const initialized = (parts: object = {}): Responder =>
  jsonResult({ protocolVersion: "2025-11-25", capabilities: {}, serverInfo, ...parts });
const discovered = (parts: object = {}): Responder =>
  jsonResult({ resultType: "complete", supportedVersions: ["2026-07-28"], capabilities: {}, ...parts });
const DISCOVER = {
  _meta: {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
  },
};

describe("initialize", () => {
  it("unites capabilities and instructions of the members", async () => {
    const notes = await member({
      initialize: initialized({ capabilities: { tools: {} }, instructions: "Notes." }),
    });
    const reports = await member({
      initialize: initialized({ capabilities: { logging: {} }, instructions: "Reports." }),
    });
    const { url } = await endpoint({ notes, reports }, {});
    const { result } = jsonOf(await clientOf(url).request("initialize", INITIALIZE));
    expect(result).toMatchObject({
      protocolVersion: "2025-11-25",
      capabilities: { tools: {}, logging: {} },
      instructions: "# notes\n\nNotes.\n\n# reports\n\nReports.",
      serverInfo: { name: "descope-mcp-gateway" },
    });
    expect(result).not.toHaveProperty("_meta");
  });

  it("returns the session id even if a member sends a notification first, and relays the notification", async () => {
    const log = { jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: "x" } };
    const notes = await member({
      initialize: (response, request) => {
        response.writeHead(200, { "content-type": "text/event-stream", "mcp-session-id": "own" });
        response.write(sseEvent(log));
        response.end(
          sseEvent({
            jsonrpc: "2.0",
            id: messageOf(request).id,
            result: { protocolVersion: "2025-11-25", capabilities: {}, serverInfo },
          }),
        );
      },
      "tools/call": jsonResult({ content: [] }),
    });
    const { url } = await endpoint({ notes, other: await member() });
    const response = await clientOf(url).request("initialize", INITIALIZE);
    expect(valuesOf(response, "content-type")).toEqual(["text/event-stream"]);
    expect(messagesIn(response)).toEqual([log, expect.objectContaining({ result: expect.anything() })]);
    expect(valuesOf(response, "mcp-session-id")).toEqual([expect.any(String)]);
  });

  it.each([
    ["a server of 2026-07-28 alone", rpcError(404, -32601), "unsupported"],
    ["a result without a revision", jsonResult({ capabilities: {} }), "no protocolVersion"],
    ["an error", rpcError(200, -32602), "rejected"],
    ["status 500", rpcError(500, 500), "error"],
  ] as [string, Responder, string][])("names a member with %s", async (_, initialize, reason) => {
    const started = await endpoint({ notes: await member({ initialize }), other: await member() });
    const response = await clientOf(started.url).request("initialize", INITIALIZE);
    expect(jsonOf(response).result._meta).toEqual({ "descope-mcp-gateway/unavailable": ["notes"] });
    const line = auditLines(started).at(-1);
    expect(line).toMatchObject({ server: "/mcp", status: 200 });
    expect(String(line?.["members_unavailable"])).toContain(reason);
  });

  it("fails with on_unavailable: fail if a member has no part", async () => {
    const { url } = await endpoint(
      {
        notes: await member({ initialize: rpcError(429, 429, { "retry-after": "4" }) }),
        other: await member(),
      },
      { combined: { on_unavailable: "fail" } },
    );
    const response = await clientOf(url).request("initialize", INITIALIZE);
    expect([response.status, valuesOf(response, "retry-after")]).toEqual([429, ["4"]]);
    expect(valuesOf(response, "mcp-session-id")).toEqual([]);
  });

  it("fails if no member has a part", async () => {
    const initialize = rpcError(500, 500);
    const { url } = await endpoint({
      notes: await member({ initialize }),
      other: await member({ initialize }),
    });
    const response = await clientOf(url).request("initialize", INITIALIZE);
    expect([response.status, jsonOf(response).error.data.reason]).toEqual([502, "downstream_unreachable"]);
  });

  it("begins an empty session if the caller may use no member", async () => {
    const notes = await member();
    const { url } = await endpoint(
      { notes, other: await member() },
      { access: (name) => ({ type: "absent", name, reason: "claim_mismatch" }) },
    );
    const response = await clientOf(url).request("initialize", INITIALIZE);
    expect(jsonOf(response).result).toMatchObject({ capabilities: {}, protocolVersion: "2025-11-25" });
    expect(notes.received()).toEqual([]);
  });

  it("has one audit line for each member and one for the endpoint", async () => {
    const started = await endpoint({ notes: await member(), other: await member() });
    await clientOf(started.url).request("initialize", INITIALIZE);
    await started.served();
    const lines = auditLines(started).map((line) => [
      line["server"],
      line["endpoint"],
      line["status"],
      line["broken"],
    ]);
    expect(lines.slice(0, 2).toSorted()).toEqual([
      ["notes", "/mcp", 200, undefined],
      ["other", "/mcp", 200, undefined],
    ]);
    expect(lines.slice(2)).toEqual([["/mcp", "/mcp", 200, undefined]]);
  });
});

describe("server/discover", () => {
  it("succeeds if every member supports 2026-07-28", async () => {
    const script = { "server/discover": discovered({ capabilities: { tools: {} } }) };
    const { url } = await endpoint({ notes: await member(script), other: await member(script) });
    const { result } = jsonOf(await clientOf(url).request("server/discover", DISCOVER));
    expect(result).toMatchObject({ supportedVersions: ["2026-07-28"], capabilities: { tools: {} } });
  });

  it.each([
    ["does not have it", rpcError(404, -32601)],
    ["asks for a session", rpcError(400, -32000)],
    ["supports no common revision", discovered({ supportedVersions: ["2027-01-01"] })],
  ] as [string, Responder][])("is an unknown method if a member %s", async (_, responder) => {
    const { url } = await endpoint({
      notes: await member({ "server/discover": discovered() }),
      other: await member({ "server/discover": responder }),
    });
    const response = await clientOf(url).request("server/discover", DISCOVER);
    expect([response.status, jsonOf(response).error.code]).toEqual([200, -32601]);
  });

  it("names a member that is down, and fails if all are", async () => {
    const down = { "server/discover": rpcError(503, 503) };
    const started = await endpoint({
      notes: await member({ "server/discover": discovered({ ttlMs: 1_000 }) }),
      other: await member(down),
    });
    const { result } = jsonOf(await clientOf(started.url).request("server/discover", DISCOVER));
    expect(result).toMatchObject({ ttlMs: 0, _meta: { "descope-mcp-gateway/unavailable": ["other"] } });
    const none = await endpoint({ notes: await member(down), other: await member(down) });
    expect((await clientOf(none.url).request("server/discover", DISCOVER)).status).toBe(502);
  });

  it("fails with on_unavailable: fail if a member is down", async () => {
    const { url } = await endpoint(
      {
        notes: await member({ "server/discover": discovered() }),
        other: await member({ "server/discover": rpcError(503, 503) }),
      },
      { combined: { on_unavailable: "fail" } },
    );
    expect((await clientOf(url).request("server/discover", DISCOVER)).status).toBe(502);
  });

  it("sends each member the client's headers and no session", async () => {
    const notes = await member({ "server/discover": discovered() });
    const { url } = await endpoint({ notes, other: await member({ "server/discover": discovered() }) });
    await clientOf(url, ["MCP-Protocol-Version", "2026-07-28", "Mcp-Method", "server/discover"]).request(
      "server/discover",
      DISCOVER,
    );
    const [received] = notes.requests;
    expect(received && recordedValues(received, "mcp-method")).toEqual(["server/discover"]);
    expect(received && recordedValues(received, "mcp-session-id")).toEqual([]);
  });
});
