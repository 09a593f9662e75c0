import { describe, expect, it } from "vitest";
import { forwardHeaderPairs } from "../../../../functions/core/config/header-settings.ts";
import { serverFaults } from "../../../support/config-blocks.ts";

describe("headers in a server file", () => {
  it.each<[string, unknown, string]>([
    ["a hop-by-hop header", { Connection: "x" }, "headers.Connection: Connection is a hop-by-hop header"],
    ["Host", { Host: "x" }, "headers.Host: Host is set by the gateway."],
    [
      "a parameter header of MCP",
      { "Mcp-Param-X": "x" },
      "headers.Mcp-Param-X: Mcp-Param-X is set by the gateway.",
    ],
    [
      "an underscore in place of a dash",
      { Content_Type: "x" },
      "headers.Content_Type: Content_Type is set by the gateway.",
    ],
    ["a bad name", { "X Y": "x" }, 'headers["X Y"]: expected a header name'],
    ["a name with a line break", { "X\r\nY": "x" }, 'headers["X\\r\\nY"]: expected a header name'],
    [
      "a value with a line break",
      { "X-A": "a\r\nX-B: c" },
      "headers.X-A: expected printable ASCII in one line (not shown).",
    ],
    ["a value beyond ASCII", { "X-A": "李" }, "headers.X-A: expected printable ASCII"],
    ["a value of another type", { "X-A": 5 }, "headers.X-A: expected a string, got a number."],
    [
      "a broken reference",
      { "X-A": "{{ssm:name}}" },
      'headers.X-A: expected a secret reference of the form "{{ssm:/name}}"',
    ],
    ["a reference to something else", { "X-A": "{{env:NAME}}" }, "headers.X-A: expected a secret reference"],
    ["a reference that is cut off", { "X-A": "{{ssm:/name}" }, "headers.X-A: expected a secret reference"],
    [
      "the same header twice",
      { "X-A": "1", "x-a": "2" },
      'headers.x-a: the same header as "X-A" (case is ignored, "_" equals "-"). Keep one.',
    ],
    ["the same header with an underscore", { "X-A": "1", X_A: "2" }, 'headers.X_A: the same header as "X-A"'],
    ["null", null, 'headers: expected an object, got null. Write {"<name>": …}.'],
    ["a list", ["X-A"], 'headers: expected an object, got an array. Write {"<name>": …}.'],
  ])("reject %s", (_name, headers, message) => {
    const faults = serverFaults({ headers });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(message);
  });

  it("reject every repeated name and report the first", () => {
    expect(serverFaults({ headers: { "X-A": "1", "X-B": "1", "x-a": "2", X_A: "3" } })).toEqual([
      'headers.x-a: the same header as "X-A" (case is ignored, "_" equals "-"). Keep one.',
      'headers.X_A: the same header as "X-A" (case is ignored, "_" equals "-"). Keep one.',
    ]);
  });

  it("accept secret references, braces and an empty value", () => {
    expect(serverFaults({ headers: { "X-A": "a {{ssm:/a}} b", "X-B": "{c}", "X-C": "" } })).toEqual([]);
  });

  it("never repeat a value in an error message", () => {
    expect(serverFaults({ headers: { "X-A": "hunter2\n" } })[0]).not.toContain("hunter2");
    expect(serverFaults({ headers: { "X-A": "{{hunter2}}" } })[0]).not.toContain("hunter2");
  });
});

describe("forward_headers", () => {
  it.each<[string, unknown, string]>([
    [
      "Cookie",
      ["Cookie"],
      "forward_headers[0]: Cookie carries credentials or the caller's address and is never forwarded.",
    ],
    ["Authorization in any case", ["authorization"], "forward_headers[0]: authorization carries credentials"],
    [
      "Authorization as a target",
      [{ from: "X-A", to: "Authorization" }],
      "forward_headers[0].to: Authorization carries credentials",
    ],
    [
      "a cookie under another name",
      [{ from: "Cookie", to: "X-A" }],
      "forward_headers[0].from: Cookie carries credentials",
    ],
    ["Proxy-Authorization", ["Proxy-Authorization"], "hop-by-hop"],
    ["Forwarded", ["Forwarded"], "never forwarded"],
    ["X-Forwarded-For with underscores", ["X_Forwarded_For"], "never forwarded"],
    ["X-Amz-Security-Token", ["X-Amz-Security-Token"], "never forwarded"],
    ["an API key", ["x-api-key"], "never forwarded"],
    [
      "the default identity header",
      ["X-User-Claims"],
      "X-User-Claims carries the identity that servers trust, so a client must not set it.",
    ],
    ["the signed identity header with underscores", ["x_user_jwt"], "carries the identity"],
    ["Transfer-Encoding", ["Transfer-Encoding"], "hop-by-hop"],
    ["Content-Type", ["Content-Type"], "set by the gateway"],
    ["a bad name", ["a b"], "expected a header name"],
    [
      "a number",
      [5],
      'forward_headers[0]: expected a header name or {"from": …, "to": …}, got the number 5.',
    ],
    [
      "a missing target",
      [{ from: "X-A" }],
      'forward_headers[0].to: required, but missing. Name that the server receives. Add "to": "Accept-Language".',
    ],
    ["an unknown key", [{ from: "X-A", to: "X-B", as: "X-C" }], "forward_headers[0].as: unknown key."],
    [
      "the same target twice",
      ["X-A", { from: "X-B", to: "x-a" }],
      "forward_headers[1]: x-a is already the target of an earlier entry. Keep one.",
    ],
    ["a number beside a repetition", ["X-A", "x-a", 5], "forward_headers[2]: expected a header name"],
    ["null", [null], 'forward_headers[0]: expected a header name or {"from": …, "to": …}, got null.'],
    [
      "a target of another type",
      [{ from: "X-A", to: 5 }],
      "forward_headers[0].to: expected a header name, got the number 5.",
    ],
    [
      "a string",
      "X-A",
      'forward_headers: expected a list of header names in square brackets, or {"mode": "allowlist", "headers": […]}, got "X-A". Write ["X-A"].',
    ],
  ])("reject %s", (_name, forward_headers, message) => {
    const faults = serverFaults({ forward_headers });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(message);
  });
});

describe("forwardHeaderPairs", () => {
  it("returns both names of each pair", () => {
    expect(forwardHeaderPairs(["X-A", { from: "X-B", to: "X-C" }])).toEqual([
      { from: "X-A", to: "X-A" },
      { from: "X-B", to: "X-C" },
    ]);
  });

  it("can forward one client header under several names", () => {
    expect(serverFaults({ forward_headers: ["X-A", { from: "X-A", to: "X-B" }] })).toEqual([]);
  });
});
