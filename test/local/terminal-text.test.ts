// Terminal output: colours, request lines, the start text, configuration changes.
import { describe, expect, test } from "vitest";
import type { RequestRecord } from "../../local/api-gateway/request-record.ts";
import { configText, poolFullText } from "../../local/event-text.ts";
import { outcomeLoggedBy, requestLine } from "../../local/request-line.ts";
import type { LoggedOutcome } from "../../local/request-outcomes.ts";
import { startText } from "../../local/start-text.ts";
import { paintFor } from "../../local/terminal.ts";

const plain = paintFor(false, {});

describe("terminal colours", () => {
  test.each<[string, boolean, Record<string, string>, string]>([
    ["on a terminal", true, {}, "\u001b[31mx\u001b[39m"],
    ["not elsewhere", false, {}, "x"],
    ["not with NO_COLOR", true, { NO_COLOR: "1" }, "x"],
    ["with an empty NO_COLOR", true, { NO_COLOR: "" }, "\u001b[31mx\u001b[39m"],
    ["not on a dumb terminal", true, { TERM: "dumb" }, "x"],
  ])("are used as expected: %s", (_name, isTty, environment, expected) => {
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

  test("has time, status, milliseconds, server, user, call and decision", () => {
    expect(requestLine(record, plain)).toBe(
      "09:05:07  200     12 ms  whoami      U2petra       tools/call greet              allow",
    );
  });

  const outcomeWith = (outcome: Partial<LoggedOutcome>): LoggedOutcome => ({
    decision: "deny",
    reason: "tool_denied",
    details: [],
    wouldDeny: undefined,
    streamEnded: undefined,
    unavailable: [],
    changedTools: [],
    cause: undefined,
    ...outcome,
  });
  const shownAs = (decision: string, outcome?: Partial<LoggedOutcome>, status = 200) =>
    requestLine({ ...record, status, decision }, plain, undefined, outcome && outcomeWith(outcome))
      .split("tools/call greet")[1]
      ?.trim();

  test("shows why a request failed, without control characters", () => {
    const cause = "dns: the host name x\u001b[2J could not be resolved";
    expect(shownAs("allow", { decision: "error", reason: "downstream_unreachable", cause }, 502)).toMatch(
      /^error downstream_unreachable: dns: the host name x\S*\[2J could not be resolved$/,
    );
  });

  test.each<[string, string, Partial<LoggedOutcome> | undefined]>([
    ["deny tool_denied (rule admin_*, claim tier)", "allow", { details: ["rule admin_*", "claim tier"] }],
    [
      "deny blocked (claim jti, leaked token), authorizer: allow (cached)",
      "allow (cached)",
      { reason: "blocked", details: ["claim jti", "leaked token"] },
    ],
    ["deny token_expired", "UNAUTHORIZED", { reason: "token_expired" }],
    [
      "deny claim_missing (claim email)",
      "ACCESS_DENIED claim_missing",
      { reason: "claim_missing", details: ["claim email"] },
    ],
    ["deny claim_missing", "ACCESS_DENIED claim_missing", undefined],
    ["deny token_missing", "UNAUTHORIZED token_missing", undefined],
    ["allow (cached)", "allow (cached)", { decision: "allow", reason: undefined }],
    [
      "allow, would deny tool_denied (rule add)",
      "allow",
      { decision: "allow", wouldDeny: "tool_denied", details: ["rule add"] },
    ],
    [
      "allow (cached), without notes: connection_required",
      "allow (cached)",
      { decision: "allow", unavailable: ["notes: connection_required"] },
    ],
    [
      "allow, changed since it was pinned: whoami: greet",
      "allow",
      { decision: "allow", changedTools: ["whoami: greet"] },
    ],
    ["allow, stream ended: blocked", "allow", { decision: "allow", streamEnded: "blocked" }],
    ["allow, broken off: reset", "allow, broken off", { decision: "allow", cause: "reset" }],
    ["REQUEST_TOO_LARGE", "REQUEST_TOO_LARGE", undefined],
  ])("shows the final decision with its reason: %s", (text, decision, outcome) => {
    expect(shownAs(decision, outcome)).toBe(text);
  });

  test("shows a denied call in the colour of an error, whatever its status", () => {
    const colours = paintFor(true, {});
    const denied = requestLine(record, colours, undefined, outcomeWith({}));
    expect(denied).toContain("\u001b[31mdeny tool_denied\u001b[39m");
    expect(requestLine(record, colours)).not.toContain("\u001b[31m");
  });

  test("takes its outcome from the proxy's log, or the authorizer's log if that denied", () => {
    const by = (decision: string) => outcomeLoggedBy({ ...record, decision });
    expect(["allow", "allow (cached), broken off"].map(by)).toEqual(["proxy", "proxy"]);
    expect(["UNAUTHORIZED", "ACCESS_DENIED blocked", "AUTHORIZER_FAILURE Error: x"].map(by)).toEqual([
      "authorizer",
      "authorizer",
      "authorizer",
    ]);
    expect(["open", "UNAUTHORIZED token_missing", "REQUEST_TOO_LARGE"].map(by)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("shows the combined endpoint by its path, with the decision of its own function", () => {
    const combined = { ...record, server: "/mcp", path: "/mcp", name: "whoami__greet" };
    expect(requestLine(combined, plain)).toContain(
      "  /mcp        U2petra       tools/call whoami__greet      allow",
    );
    expect(outcomeLoggedBy(combined)).toBe("combined");
    const preflight = { ...combined, httpMethod: "GET", path: "/.well-known/oauth-protected-resource/mcp" };
    expect(requestLine(preflight, plain)).toContain("  GET /.well-known/oauth-protected-resource/mcp  ");
  });

  test("shows display names, and a dash without a user", () => {
    expect(requestLine(record, plain, () => "Petra Pro")).toContain("  Petra Pro     tools/call greet");
    const denied = { ...record, user: undefined, mcpMethod: undefined, name: undefined, httpMethod: "GET" };
    expect(requestLine(denied, plain)).toContain("  whoami      -             GET  ");
  });

  test("shows the path of a request that is not for a server", () => {
    const path = "/.well-known/oauth-protected-resource/whoami/mcp";
    const line = requestLine({ ...record, httpMethod: "GET", path, decision: "open" }, plain);
    expect(line).toContain(`  GET ${path}      open`);
  });

  test("is one line without control characters, whatever a client sends", () => {
    const evil = "\u001b[2J\n\r\u0085\u009b\u202e\u2028\u200b\ud800";
    const line = requestLine(
      {
        ...record,
        server: evil,
        path: `/${evil}/mcp`,
        user: evil,
        mcpMethod: evil,
        name: evil,
        decision: `x${evil}`,
      },
      plain,
    );
    expect(line).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
    expect(requestLine({ ...record, name: "x".repeat(5_000) }, plain).length).toBeLessThan(250);
  });

  test("shows control sequences of a client as question marks", () => {
    const line = requestLine({ ...record, name: "a\nb", user: undefined }, plain);
    expect(line).toContain("tools/call a?b ");
    expect(requestLine({ ...record, path: "/\u001b[2J", server: undefined }, plain)).toContain("/?[2J");
  });
});

describe("the start text", () => {
  const demo = {
    token: "t.o.k",
    user: "Petra Pro",
    users: ["Frida Free", "Petra Pro"],
    signInUrl: "http://127.0.0.1:8788",
    connectionsUrl: undefined,
    tokenCommand: "npm run -s token -- --user free",
  };
  const facts = { url: "http://127.0.0.1:8787", serverNames: ["everything", "whoami"], demo };

  test("lists all URLs, aligned", () => {
    expect(startText(facts, plain).split("\n").slice(1, 6)).toEqual([
      "  everything  http://127.0.0.1:8787/everything/mcp",
      "  whoami      http://127.0.0.1:8787/whoami/mcp",
      "  sign-in     http://127.0.0.1:8788  as Frida Free or Petra Pro",
      "  metadata    http://127.0.0.1:8787/.well-known/oauth-protected-resource",
      "  health      http://127.0.0.1:8787/health",
    ]);
  });

  test("warns that clients cannot sign in if public_url is another URL", () => {
    expect(startText({ ...facts, publicUrl: "https://mcp.acme.com" }, plain)).toContain(
      "  public_url  https://mcp.acme.com is in the metadata, so clients cannot sign in at http://127.0.0.1:8787. Remove public_url to sign in here.\n",
    );
    expect(startText({ ...facts, publicUrl: facts.url }, plain)).toBe(startText(facts, plain));
  });

  test("names the page to connect accounts if a server needs it", () => {
    const connectionsUrl = "http://127.0.0.1:8788/P2?flow=connections";
    expect(startText({ ...facts, demo: { ...demo, connectionsUrl } }, plain).split("\n")[4]).toBe(
      "  connections  http://127.0.0.1:8788/P2?flow=connections",
    );
  });

  test("shows the settings of each client", () => {
    const text = startText(facts, plain);
    expect(text.split("\n").slice(7, 12)).toEqual([
      "Sign in: a client needs only the URL",
      "  Claude Code  claude mcp add --transport http whoami http://127.0.0.1:8787/whoami/mcp",
      '  VS Code      .vscode/mcp.json  { "servers": { "whoami": { "type": "http", "url": "http://127.0.0.1:8787/whoami/mcp" } } }',
      '  Cursor       .cursor/mcp.json  { "mcpServers": { "whoami": { "url": "http://127.0.0.1:8787/whoami/mcp" } } }',
      "  Inspector    npx @modelcontextprotocol/inspector --server-url http://127.0.0.1:8787/whoami/mcp --transport http",
    ]);
  });

  test("ends with one block that contains a token, once, and how to get another user's", () => {
    const [, block = ""] = startText(facts, plain).split(
      "Or with a token: for Petra Pro, valid for an hour\n",
    );
    expect(JSON.parse(block.slice(0, block.lastIndexOf("}") + 1))).toEqual({
      mcpServers: {
        whoami: {
          type: "http",
          url: "http://127.0.0.1:8787/whoami/mcp",
          headers: { Authorization: "Bearer t.o.k" },
        },
      },
    });
    expect(block).toContain("npm run -s token -- --user free");
  });

  test("puts the combined endpoint first, and shows its URL in all settings", () => {
    const text = startText({ ...facts, combined: ["everything", "whoami"] }, plain);
    expect(text.split("\n").slice(1, 3)).toEqual([
      "  combined    http://127.0.0.1:8787/mcp  everything, whoami in one",
      "  everything  http://127.0.0.1:8787/everything/mcp",
    ]);
    expect(text).toContain("claude mcp add --transport http gateway http://127.0.0.1:8787/mcp\n");
    expect(text).toContain('"gateway": {\n      "type": "http",\n      "url": "http://127.0.0.1:8787/mcp",');
    expect(text.match(/whoami\/mcp/g)).toHaveLength(1);
  });

  test("has a placeholder for the token without the demo", () => {
    const text = startText({ url: "http://127.0.0.1:1", serverNames: ["a"], demo: undefined }, plain);
    expect(text).toContain('"Authorization": "Bearer <access token>"');
    expect(text).toContain("claude mcp add --transport http a http://127.0.0.1:1/a/mcp");
    expect(text).not.toContain("sign-in");
  });

  test("has no client settings without a server", () => {
    const text = startText({ url: "http://127.0.0.1:1", serverNames: [], demo: undefined }, plain);
    expect(text).not.toContain("{");
  });
});

test("a full process pool is reported with its function and size", () => {
  expect(poolFullText("GatewayProxyFunction1234ABCD", 200, plain)).toBe(
    "waiting: all 200 processes of the function proxy are busy; requests wait until one is free. Each open stream keeps one busy.",
  );
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

test("a rejected configuration is reported with its errors, and the last valid one stays", () => {
  expect(configText({ kind: "rejected", problems: ["a.json:1: no"] }, plain)).toBe(
    "Not applied, the last valid configuration stays in effect:\n  a.json:1: no",
  );
});
