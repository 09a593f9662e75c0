import { describe, expect, it } from "vitest";
import { jsonText } from "../../../functions/core/safe-text.ts";
import { type Audit, openAudit } from "../../../functions/proxy/audit.ts";
import { principalWith } from "../../support/principals.ts";
import { recordLog } from "../../support/recorded-log.ts";

function open() {
  const log = recordLog();
  let now = 1_000;
  const audit = openAudit({ log, requestId: "r1", httpMethod: "POST", now: () => now });
  return { audit, line: () => log.lines[0], log, at: (ms: number) => (now = 1_000 + ms) };
}

const message = (method: string, name: string, id = 1) => ({ id, method, params: { name } });

describe("the audit line", () => {
  it("is a single line that is written at the end", () => {
    const { audit, log } = open();
    audit.caller(principalWith());
    audit.messages([message("tools/call", "add")]);
    expect(log.lines).toEqual([]);
    audit.close();
    expect(log.lines).toHaveLength(1);
    expect(log.lines[0]).toMatchObject({ level: "info", message: "request" });
  });

  it("contains the caller, the call, the time to the first byte, the total time and the sizes", () => {
    const { audit, line, at } = open();
    audit.caller(principalWith({ claims: { email: "alice@example.com" }, scopes: ["mail"] }));
    audit.messages([message("tools/call", "add")]);
    audit.downstream(200);
    audit.responded(200);
    at(12.4);
    audit.sent(100);
    at(20);
    audit.sent(50);
    at(30.6);
    audit.close();
    expect(line()?.fields).toEqual({
      request_id: "r1",
      http_method: "POST",
      decision: "allow",
      server: "tools",
      sub: "U2alice",
      tenant: "T1",
      client_id: "C3",
      mcp_method: "tools/call",
      mcp_name: "add",
      "mcp.method.name": "tools/call",
      "gen_ai.tool.name": "add",
      downstream_status: 200,
      status: 200,
      first_byte_ms: 12,
      total_ms: 31,
      bytes: 150,
    });
  });

  it.each([
    ["an error", new TypeError("socket hang up"), "TypeError: socket hang up"],
    ["something else", "text", "text"],
    ["nothing", undefined, undefined],
  ])("contains the reason and the cause of a denial: %s", (_, cause, told) => {
    const { audit, line } = open();
    audit.errorSent("downstream_unreachable", 502, cause);
    audit.close();
    expect(line()?.fields).toMatchObject({
      decision: "error",
      reason: "downstream_unreachable",
      status: 502,
    });
    expect(line()?.fields["cause"]).toBe(told);
  });

  it("contains an aborted stream and what a rule in log_only mode would have denied", () => {
    const { audit, line } = open();
    audit.shadowed("unknown_name");
    audit.aborted(new Error("aborted"));
    audit.close();
    expect(line()?.fields).toMatchObject({
      decision: "allow",
      would_deny: "unknown_name",
      broken: true,
      cause: "Error: aborted",
    });
  });

  it("contains a long name of a client only in part", () => {
    const { audit, line } = open();
    audit.messages([message(`tools/${"x".repeat(300)}`, "y".repeat(257))]);
    audit.close();
    expect(line()?.fields).toMatchObject({
      mcp_method: `tools/${"x".repeat(250)}…`,
      mcp_name: `${"y".repeat(256)}…`,
    });
  });

  it("contains the name that the decision is about, and no other content of the message", () => {
    const secret = "docs://secret";
    const fields = (method: string, params: Record<string, unknown>) => {
      const { audit, line } = open();
      audit.messages([{ id: 1, method, params }]);
      audit.close();
      return line()?.fields;
    };
    const subscribe = fields("resources/subscribe", { uri: secret, name: "harmless" });
    expect(subscribe).toMatchObject({ mcp_method: "resources/subscribe", mcp_name: secret });
    const ref = { type: "ref/resource", uri: secret, name: "harmless" };
    expect(fields("completion/complete", { ref, name: "harmless" })).toMatchObject({ mcp_name: secret });
    expect(fields("tasks/cancel", { taskId: "t1", name: "harmless" })).toMatchObject({ mcp_name: "t1" });
    expect(fields("Tools/Call", { name: "add" })).toMatchObject({
      mcp_method: "Tools/Call",
      mcp_name: "add",
    });
    expect(fields("ping", { name: "harmless" })).not.toHaveProperty("mcp_name");
    const notifications = { resourceSubscriptions: ["docs://a", secret, 5] };
    expect(fields("subscriptions/listen", { notifications, uri: "harmless" })).toMatchObject({
      mcp_name: "docs://a",
      mcp_targets: ["resource docs://a", "resource docs://secret", "resource"],
      mcp_targets_total: 3,
    });
  });

  it("lists each distinct message of a batch and counts all messages by method", () => {
    const { audit, line } = open();
    const response = { id: 9, method: undefined, params: {} };
    audit.messages([
      message("ping", "a"),
      response,
      ...Array.from({ length: 100 }, () => message("tools/call", "add")),
      message("tools/call", "delete_all"),
      { id: 1, method: "tools/call", params: {} },
    ]);
    audit.close();
    expect(line()?.fields).toMatchObject({
      mcp_batch: ["ping", "response", "tools/call add", "tools/call delete_all", "tools/call"],
      mcp_batch_total: 104,
      mcp_batch_methods: { ping: 1, response: 1, "tools/call": 102 },
    });
    expect(line()?.fields).not.toHaveProperty("mcp_targets");
  });

  it("shortens the names of a batch before it omits any", () => {
    const { audit, line } = open();
    audit.messages(
      Array.from({ length: 1_000 }, (_, at) => message("tools/call", `${at}_${"x".repeat(500)}`)),
    );
    audit.close();
    const names = line()?.fields["mcp_batch"] as string[];
    expect(names).toHaveLength(1_000);
    expect(names[0]).toBe(`tools/call 0_${"x".repeat(19)}…`);
    expect(names.at(-1)).toMatch(/^tools\/call 999_x+…$/);
  });

  it("stays below CloudWatch's maximum event size and counts the messages that it omits", () => {
    const { audit, line } = open();
    const names = Array.from({ length: 20_000 }, (_, at) => `${at}${"\u202e".repeat(300)}`);
    audit.messages(names.map((name, at) => message(`vendor/${at}${"\u202e".repeat(300)}`, name)));
    audit.denied(names.map((name) => ({ kind: "tool", name, rule: "*" })));
    audit.close();
    const fields = line()?.fields as Record<string, unknown>;
    expect(jsonText(fields).length).toBeLessThan(200_000);
    expect(fields).toMatchObject({ mcp_batch_total: 20_000, denied_total: 20_000 });
    const batch = fields["mcp_batch"] as string[];
    expect(batch.at(-1)).toBe(`${20_000 - batch.length + 1} more`);
    const counts = Object.values(fields["mcp_batch_methods"] as Record<string, number>);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(20_000);
    expect((fields["mcp_batch_methods"] as Record<string, number>)["…"]).toBeGreaterThan(19_000);
  });

  it("contains the names that rules deny, and the rule", () => {
    const { audit, line } = open();
    audit.denied([{ kind: "tool", name: "delete", rule: "delete*" }]);
    audit.close();
    expect(line()?.fields).toMatchObject({
      denied_kind: "tool",
      denied_name: "delete",
      denied_rule: "delete*",
    });
    expect(line()?.fields).not.toHaveProperty("denied_total");
  });

  it("lists all names that rules deny", () => {
    const { audit, line } = open();
    audit.denied([
      { kind: "tool", name: undefined, rule: undefined },
      { kind: "tool", name: "b", rule: "*" },
    ]);
    audit.close();
    expect(line()?.fields).toMatchObject({
      denied_kind: "tool",
      denied_targets: ["tool", "tool b"],
      denied_total: 2,
    });
  });

  it("omits message fields without messages", () => {
    const { audit, line } = open();
    audit.messages([]);
    audit.close();
    expect(line()?.fields).not.toHaveProperty("mcp_method");
  });
});

describe("the metrics of the audit line", () => {
  function measured() {
    const log = recordLog();
    let now = 1_000;
    const published: unknown[] = [];
    const audit = openAudit({
      log,
      requestId: "r1",
      httpMethod: "POST",
      now: () => now,
      metrics: (values, server) => {
        published.push([
          Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)),
          server,
        ]);
        return { _aws: "metrics" };
      },
    });
    return { audit, log, published, at: (ms: number) => (now = 1_000 + ms) };
  }

  it("are part of the line, with the upstream's time separate from the gateway's", () => {
    const { audit, log, published, at } = measured();
    audit.configured("tools");
    at(5);
    audit.forwarding();
    at(25);
    audit.downstream(200);
    at(30);
    audit.sent(10);
    at(90);
    audit.close();
    expect(log.lines).toHaveLength(1);
    expect(log.lines[0]?.fields).toMatchObject({ downstream_ms: 20, total_ms: 90, _aws: "metrics" });
    expect(published).toEqual([
      [{ Requests: 1, DownstreamMs: 20, FirstByteMs: 30, DurationMs: 90 }, "tools"],
    ]);
  });

  it.each([
    ["a rule's denial", "insufficient_scope", 403, { Denials: 1 }],
    ["an internal failure", "identity_unavailable", 502, { Failures: 1 }],
    ["an unreachable server", "downstream_unreachable", 502, { Failures: 1, DownstreamErrors: 1 }],
  ])("count %s", (_, reason, status, counted) => {
    const { audit, published } = measured();
    audit.errorSent(reason, status);
    audit.close();
    expect(published).toEqual([[{ Requests: 1, ...counted, DurationMs: 0 }, undefined]]);
  });

  it.each([
    ["a response of 500", (audit: Audit) => audit.downstream(500)],
    ["an aborted response", (audit: Audit) => audit.aborted(new Error("aborted"))],
  ])("count %s as the upstream's error", (_, happen) => {
    const { audit, published } = measured();
    happen(audit);
    audit.close();
    expect(published).toEqual([[{ Requests: 1, DownstreamErrors: 1, DurationMs: 0 }, undefined]]);
  });

  it("use OpenTelemetry's names for tools and prompts, and name nothing else", () => {
    const attributes = (method: string) => {
      const { audit, log } = measured();
      audit.messages([message(method, "x")]);
      audit.close();
      return Object.entries(log.lines[0]?.fields ?? {}).filter(([name]) => name.includes("."));
    };
    expect(attributes("prompts/get")).toEqual([
      ["mcp.method.name", "prompts/get"],
      ["gen_ai.prompt.name", "x"],
    ]);
    expect(attributes("tools/list")).toEqual([["mcp.method.name", "tools/list"]]);
  });
});
