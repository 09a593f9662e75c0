import { describe, expect, it } from "vitest";
import {
  forwardedNameFault,
  forwardHeaderPairs,
  headerNameFault,
  isHeaderValue,
  normalHeaderName,
} from "../../../../functions/core/config/header-settings.ts";
import { serverFaults } from "../../../support/config-blocks.ts";
import { CREDENTIAL_HEADERS } from "../../../support/credential-header-names.ts";

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

describe("header names", () => {
  const LATIN_1 = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));

  describe("normalHeaderName", () => {
    it("returns the same for names that servers treat as the same", () => {
      expect(normalHeaderName("X_User-Claims_")).toBe("x-user-claims-");
    });
  });

  describe("headerNameFault", () => {
    it("accepts exactly the characters of a token (RFC 9110, section 5.6.2)", () => {
      const accepted = LATIN_1.filter((character) => headerNameFault(`X${character}Y`) === undefined);
      expect(accepted.join("")).toBe(
        "!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~",
      );
    });

    it("accepts one to 128 characters", () => {
      expect(headerNameFault("X")).toBeUndefined();
      expect(headerNameFault("X".repeat(128))).toBeUndefined();
      expect(headerNameFault("X".repeat(129))).toContain(
        'expected a header name (letters, digits, "-"), got ',
      );
    });

    it.each(["", "X-A\n", " X-A"])("rejects %j", (name) => {
      expect(headerNameFault(name)).toContain("expected a header name");
    });

    it.each([
      "connection",
      "keep-alive",
      "proxy-authenticate",
      "proxy-authorization",
      "proxy-connection",
      "te",
      "http2-settings",
      "trailer",
      "transfer-encoding",
      "upgrade",
      "Keep_Alive",
      "TE",
    ])("rejects the hop-by-hop header %s", (name) => {
      const message = `${name} is a hop-by-hop header and cannot be set. Choose another name.`;
      expect(headerNameFault(name)).toBe(message);
      expect(forwardedNameFault(name)).toBe(message);
    });

    it.each([
      "accept",
      "accept-encoding",
      "content-encoding",
      "content-length",
      "content-range",
      "content-transfer-encoding",
      "content-type",
      "expect",
      "host",
      "last-event-id",
      "mcp-method",
      "mcp-name",
      "mcp-protocol-version",
      "mcp-session-id",
      "mcp-param-",
      "Mcp-Param-Region",
      "MCP_Session_Id",
    ])("rejects %s, which the gateway sets", (name) => {
      const message = `${name} is set by the gateway. Choose another name.`;
      expect(headerNameFault(name)).toBe(message);
      expect(forwardedNameFault(name)).toBe(message);
    });

    it.each(["Authorization", "Cookie", "X-Mcp-Param-A", "Accept-Language", "X-Forwarded-For", "X-User-JWT"])(
      "accepts %s if the gateway sets it",
      (name) => expect(headerNameFault(name)).toBeUndefined(),
    );
  });

  describe("forwardedNameFault", () => {
    it.each([
      "authorization",
      "cookie",
      "cookie2",
      "set-cookie",
      "set-cookie2",
      "via",
      "proxy-anything",
      "forwarded",
      ...CREDENTIAL_HEADERS,
      "x-real-ip",
      "x-forwarded-for",
      "x-amz-date",
      "x-amzn-trace-id",
      "X-Api_Key",
      "X-AMZ-Anything",
    ])("never allows %s", (name) => {
      expect(forwardedNameFault(name)).toBe(
        `${name} carries credentials or the caller's address and is never forwarded. Remove it; to send a credential of the gateway, use "headers".`,
      );
    });

    it.each([
      "X-HTTP-Method",
      "X-HTTP-Method-Override",
      "x_method_override",
      "X-Original-URL",
      "X-Rewrite-URL",
    ])("never allows a client to replace the method or path by %s", (name) => {
      expect(forwardedNameFault(name)).toBe(
        `${name} lets a client replace the method or path of the request and is never forwarded. Remove it.`,
      );
    });

    it.each(["X-User-Claims", "X-User-JWT", "x_user_claims", "X-USER-JWT"])(
      "never allows a client to set %s",
      (name) => {
        expect(forwardedNameFault(name)).toBe(
          `${name} carries the identity that servers trust, so a client must not set it. Remove it.`,
        );
      },
    );

    it.each(["User-Agent", "user_agent"])("never allows a client's %s", (name) => {
      expect(forwardedNameFault(name)).toBe(
        `${name} identifies the gateway to servers and is never forwarded. Remove it; set a fixed value in "headers".`,
      );
    });

    it.each([
      "X-Request-Id",
      "Accept-Language",
      "X-Forwarded",
      "My-X-Amz-Date",
      "X-User-Claims-2",
      "X-Cookie",
    ])("allows %s", (name) => expect(forwardedNameFault(name)).toBeUndefined());
  });

  describe("isHeaderValue", () => {
    it("accepts exactly the tab and printable ASCII", () => {
      const accepted = LATIN_1.filter((character) => isHeaderValue(`a${character}b`));
      expect(accepted.join("")).toBe(
        "\t !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~",
      );
    });

    it.each(["\na", "a\n", "a\r", "\u0000"])("rejects %j", (value) => {
      expect(isHeaderValue(value)).toBe(false);
    });

    it("accepts an empty value", () => {
      expect(isHeaderValue("")).toBe(true);
    });
  });
});
