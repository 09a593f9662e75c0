// Messages for all members: notifications and the log level.
import { describe, expect, it } from "vitest";
import { clientOf, openSession } from "../../support/combined-client.ts";
import { auditLines, closeCombinedAfterEach, endpoint, member } from "../../support/combined-fixture.ts";
import { jsonOf } from "../../support/mcp-request.ts";
import { rpcError } from "../../support/scripted-member.ts";

closeCombinedAfterEach();

const note = (method: string, params = {}) => ({ body: { jsonrpc: "2.0", method, params } });

describe("a notification for all members", () => {
  it.each(["notifications/initialized", "notifications/cancelled", "notifications/roots/list_changed"])(
    "%s reaches every member of the session and is accepted",
    async (method) => {
      const [notes, reports] = [await member(), await member()];
      const started = await endpoint({ notes, reports });
      const client = await openSession(started);
      notes.clear();
      reports.clear();
      const response = await client.send(note(method, { requestId: 3 }));
      expect([response.status, response.body]).toEqual([202, ""]);
      expect([notes.received(), reports.received()]).toEqual([[method], [method]]);
      await started.served();
      expect(
        auditLines(started)
          .slice(-3)
          .map((line) => [line["status"], line["broken"]]),
      ).toEqual(Array(3).fill([202, undefined]));
    },
  );

  it("is accepted although a member fails, and does not begin a session at a member without one", async () => {
    const notes = await member({ "notifications/cancelled": (response) => response.socket?.destroy() });
    const late = await member({ initialize: rpcError(503, 503) });
    const client = await openSession(await endpoint({ notes, late, reports: await member() }));
    late.clear();
    expect((await client.send(note("notifications/cancelled"))).status).toBe(202);
    expect(late.received()).toEqual([]);
  });

  it("about a cancellation has the id of the client's request and not the reason", async () => {
    const notes = await member();
    const client = await openSession(await endpoint({ notes, reports: await member() }));
    await client.send(note("notifications/cancelled", { requestId: "a", reason: "quotes another member" }));
    expect(JSON.parse(String(notes.requests.at(-1)?.body))).toEqual({
      jsonrpc: "2.0",
      method: "notifications/cancelled",
      params: { requestId: "a" },
    });
  });

  it("reaches no member that the caller may not use", async () => {
    const [notes, reports] = [await member(), await member()];
    const { url } = await endpoint(
      { notes, reports },
      { access: (name) => (name === "notes" ? { type: "absent", name, reason: "blocked" } : undefined) },
    );
    await clientOf(url).send(note("notifications/cancelled"));
    expect([notes.received(), reports.received()]).toEqual([[], ["notifications/cancelled"]]);
  });
});

describe("logging/setLevel", () => {
  it("sets the level at every member that supports it", async () => {
    const [notes, reports] = [await member(), await member({ "logging/setLevel": rpcError(200, -32601) })];
    const client = await openSession(await endpoint({ notes, reports }));
    const response = await client.request("logging/setLevel", { level: "debug" });
    expect(jsonOf(response)).toEqual({ jsonrpc: "2.0", id: 1, result: {} });
    expect(notes.received().at(-1)).toBe("logging/setLevel");
  });

  it("is an unknown method if no member supports it, or the caller may use no member", async () => {
    const script = { "logging/setLevel": rpcError(200, -32601) };
    const { url } = await endpoint({ notes: await member(script), other: await member(script) });
    expect(jsonOf(await clientOf(url).request("logging/setLevel")).error.code).toBe(-32601);
    const none = await endpoint(
      { notes: await member(), other: await member() },
      { access: (name) => ({ type: "absent", name, reason: "blocked" }) },
    );
    expect(jsonOf(await clientOf(none.url).request("logging/setLevel")).error.code).toBe(-32601);
  });

  it("returns a member's error only if no member accepts it", async () => {
    const rejecting = { "logging/setLevel": rpcError(200, -32602) };
    const { url } = await endpoint({ notes: await member(rejecting), other: await member(rejecting) });
    expect(jsonOf(await clientOf(url).request("logging/setLevel")).error.code).toBe(-32602);
  });

  it("reports members that are down in the audit line, and fails with on_unavailable: fail or if all are down", async () => {
    const down = { "logging/setLevel": rpcError(503, 503) };
    const started = await endpoint({ notes: await member(down), other: await member() });
    expect((await clientOf(started.url).request("logging/setLevel")).status).toBe(200);
    expect(auditLines(started).at(-1)).toMatchObject({ members_unavailable: ["notes: error"] });
    const failing = await endpoint(
      { notes: await member(down), other: await member() },
      { combined: { on_unavailable: "fail" } },
    );
    expect((await clientOf(failing.url).request("logging/setLevel")).status).toBe(502);
    const none = await endpoint({ notes: await member(down), other: await member(down) });
    expect((await clientOf(none.url).request("logging/setLevel")).status).toBe(502);
  });
});
