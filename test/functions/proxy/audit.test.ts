import { describe, expect, it } from "vitest";
import { openAudit } from "../../../functions/proxy/audit.ts";
import { principalWith } from "../../support/principals.ts";
import { recordLog } from "../../support/recorded-log.ts";

function open() {
  const log = recordLog();
  let now = 1_000;
  const audit = openAudit(log, "r1", "POST", () => now);
  return { audit, line: () => log.lines[0], log, at: (ms: number) => (now = 1_000 + ms) };
}

const message = (method: string, name: string, id = 1) => ({ id, method, params: { name } });

describe("the audit line", () => {
  it("is one, written at the end", () => {
    const { audit, log } = open();
    audit.caller(principalWith());
    audit.messages([message("tools/call", "add")]);
    expect(log.lines).toEqual([]);
    audit.close();
    expect(log.lines).toHaveLength(1);
    expect(log.lines[0]).toMatchObject({ level: "info", message: "request" });
  });

  it("says who, what, how long until the first byte and in all, and how much", () => {
    const { audit, line, at } = open();
    audit.caller(principalWith({ claims: { email: "alice@example.com" }, scopes: ["mail"] }));
    audit.messages([message("tools/call", "add")]);
    audit.downstream(200);
    audit.answered(200);
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
  ])("says why a request was refused, caused by %s", (_, cause, told) => {
    const { audit, line } = open();
    audit.refused("downstream_unreachable", 502, cause);
    audit.close();
    expect(line()?.fields).toMatchObject({
      decision: "refuse",
      reason: "downstream_unreachable",
      status: 502,
    });
    expect(line()?.fields["cause"]).toBe(told);
  });

  it("says that a stream was broken off, and what a rule would have refused", () => {
    const { audit, line } = open();
    audit.shadowed("unknown_name");
    audit.broken(new Error("aborted"));
    audit.close();
    expect(line()?.fields).toMatchObject({
      decision: "allow",
      would_refuse: "unknown_name",
      broken: true,
      cause: "Error: aborted",
    });
  });

  it("cuts a name that the client made long", () => {
    const { audit, line } = open();
    audit.messages([message("x".repeat(300), "y".repeat(256))]);
    audit.close();
    expect(line()?.fields).toMatchObject({ mcp_method: `${"x".repeat(256)}…`, mcp_name: "y".repeat(256) });
  });

  it("names every message of a batch, up to fifty", () => {
    const { audit, line } = open();
    const response = { id: 9, method: undefined, params: {} };
    audit.messages([
      message("ping", "a"),
      response,
      ...Array.from({ length: 50 }, () => message("tools/call", "add")),
    ]);
    audit.close();
    const names = line()?.fields["mcp_batch"] as string[];
    expect(names).toHaveLength(51);
    expect(names.slice(0, 3)).toEqual(["ping a", "response", "tools/call add"]);
    expect(names.at(-1)).toBe("2 more");
  });

  it("says nothing of messages where there are none", () => {
    const { audit, line } = open();
    audit.messages([]);
    audit.close();
    expect(line()?.fields).not.toHaveProperty("mcp_method");
  });
});
