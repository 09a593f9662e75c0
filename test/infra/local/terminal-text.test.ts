// What the terminal shows: colours where they belong, request lines, the start text, configuration changes.
import { describe, expect, test } from "vitest";
import type { RequestRecord } from "../../../infra/local/api-gateway/request-record.ts";
import { configText } from "../../../infra/local/config-text.ts";
import { requestLine } from "../../../infra/local/request-line.ts";
import { startText } from "../../../infra/local/start-text.ts";
import { paintFor } from "../../../infra/local/terminal.ts";

const plain = paintFor(false, {});

describe("colours", () => {
  test.each<[string, boolean, Record<string, string>, string]>([
    ["on a terminal", true, {}, "\u001b[31mx\u001b[39m"],
    ["not elsewhere", false, {}, "x"],
    ["not with NO_COLOR", true, { NO_COLOR: "1" }, "x"],
    ["with an empty NO_COLOR", true, { NO_COLOR: "" }, "\u001b[31mx\u001b[39m"],
    ["not on a dumb terminal", true, { TERM: "dumb" }, "x"],
  ])("%s", (_name, isTty, environment, expected) => {
    expect(paintFor(isTty, environment).bad("x")).toBe(expected);
  });
});

describe("a request line", () => {
  const record: RequestRecord = {
    at: new Date(2026, 10, 23, 9, 5, 7),
    status: 200,
    httpMethod: "POST",
    path: "/whoami/mcp",
    ms: 12.4,
    decision: "allow",
    server: "whoami",
    user: "U2petra",
    mcpMethod: "tools/call",
    name: "greet",
    requestId: "r",
  };

  test("has time, status, method, path, milliseconds, user, call and decision", () => {
    expect(requestLine(record, plain)).toBe(
      "09:05:07  200  POST    /whoami/mcp                  12 ms  U2petra  tools/call greet  allow",
    );
  });

  test("shows control sequences of a client as question marks", () => {
    const line = requestLine({ ...record, path: "/\u001b[2J", name: "a\nb", user: undefined }, plain);
    expect(line).toContain("/?[2J");
    expect(line).toContain("tools/call a?b  allow");
  });
});

describe("the start text", () => {
  test("holds a block to paste, with URL and header of every server", () => {
    const text = startText(
      {
        url: "http://127.0.0.1:8787",
        serverNames: ["whoami"],
        demo: { token: "t.o.k", user: "pro", signInUrl: "http://127.0.0.1:8788" },
        tokenCommand: "npm run -s token -- --user free",
      },
      plain,
    );
    expect(JSON.parse(text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1))).toEqual({
      mcpServers: {
        whoami: {
          type: "http",
          url: "http://127.0.0.1:8787/whoami/mcp",
          headers: { Authorization: "Bearer t.o.k" },
        },
      },
    });
    expect(text).toContain("npm run -s token -- --user free");
    expect(text).toContain("Sign-in   http://127.0.0.1:8788");
  });

  test("without the demo, names no token command and leaves the token to the reader", () => {
    const text = startText(
      { url: "http://127.0.0.1:1", serverNames: ["a"], demo: undefined, tokenCommand: "x-command" },
      plain,
    );
    expect(text).toContain('"Authorization": "Bearer <access token>"');
    expect(text).not.toContain("x-command");
  });
});

test("a configuration change names each parameter with its version", () => {
  const changes = [
    { name: "/mcp-gateway/local/servers/a", version: 3 },
    { name: "/mcp-gateway/local/servers/b", version: undefined },
  ];
  expect(configText({ kind: "applied", changes }, plain)).toBe(
    "/mcp-gateway/local/servers/a: version 3\n/mcp-gateway/local/servers/b: removed",
  );
});

test("a refused configuration says that the last good one stays, and why", () => {
  expect(configText({ kind: "refused", problems: ["a.json:1: no"] }, plain)).toBe(
    "Not taken over, the last good configuration stays:\n  a.json:1: no",
  );
});
