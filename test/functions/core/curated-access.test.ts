import { describe, expect, it } from "vitest";
import { type AccessTarget, decideAccessTo, sentName } from "../../../functions/core/access.ts";
import { authorizeMessages } from "../../../functions/core/authorize-messages.ts";
import type { EffectiveServer } from "../../../functions/core/config/effective-server.ts";
import { taskDenial } from "../../../functions/core/task-ids.ts";
import { configSnapshot } from "../../support/gateway-config.ts";
import { principalWith } from "../../support/principals.ts";

const PRO = { required_claims: { tier: { values: "pro" } } };

function serverWith(file: Record<string, unknown>): EffectiveServer {
  return configSnapshot({ servers: { tools: file } }).servers.get("tools") as EffectiveServer;
}

const decide = (file: Record<string, unknown>, kind: AccessTarget["kind"], name: string | undefined) =>
  decideAccessTo({ kind, name }, serverWith(file), principalWith());

const authorize = (file: Record<string, unknown>, method: string, params: Record<string, unknown>) =>
  authorizeMessages([{ id: 1, method, params }], serverWith(file), principalWith());

describe("access to curated names", () => {
  it.each<[string, Record<string, unknown>, AccessTarget["kind"], string | undefined, object]>([
    ["an allowed tool", { tools: { allow: ["a"] } }, "tool", "a", { type: "allowed" }],
    [
      "a tool that is not allowed",
      { tools: { allow: ["a"] } },
      "tool",
      "b",
      { type: "hidden", setting: "tools.allow" },
    ],
    [
      "a denied tool, although it is allowed too",
      { tools: { allow: ["*"], deny: ["x", "a*"] } },
      "tool",
      "ab",
      { type: "hidden", setting: "tools.deny", rule: "a*" },
    ],
    [
      "a tool whose name another one has for clients",
      { tools: { rename: { a: "b" } } },
      "tool",
      "b",
      { type: "hidden", setting: "tools.rename", rule: "a" },
    ],
    [
      "a name that is not canonical",
      { tools: {} },
      "tool",
      "a ",
      { type: "hidden", setting: "tools", fault: "without space at its start and end" },
    ],
    [
      "a request without a name",
      { prompts: {} },
      "prompt",
      undefined,
      { type: "hidden", setting: "prompts" },
    ],
    ["a prompt of a server with curated tools", { tools: { allow: [] } }, "prompt", "a", { type: "allowed" }],
    ["a task", { tools: { allow: [] } }, "task", "t1", { type: "allowed" }],
    [
      "a URI that extends a denied one by a query",
      { resources: { deny: ["docs://a/b"] } },
      "resource",
      "docs://a/b?x",
      { type: "hidden", setting: "resources.deny", rule: "docs://a/b" },
    ],
    [
      "a template of denied URIs",
      { resources: { deny: ["docs://a/*"] } },
      "template",
      "docs://a{/b}",
      { type: "hidden", setting: "resources.deny", rule: "docs://a/*" },
    ],
    [
      "an allowed tool that a rule hides",
      { tools: { allow: ["a"] }, tool_authorization: { a: PRO } },
      "tool",
      "a",
      { type: "hidden", rule: "a", claim: "tier" },
    ],
  ])("decides on %s", (_, file, kind, name, decision) => {
    expect(decide(file, kind, name)).toEqual(decision);
  });

  it("denies a pinned tool that is known to have changed", () => {
    const server = { ...serverWith({ tools: {} }), changedTools: new Set(["a"]) };
    const decisions = ["a", "b"].map((name) =>
      decideAccessTo({ kind: "tool", name }, server, principalWith()),
    );
    expect(decisions).toEqual([{ type: "hidden", setting: "tools.pin" }, { type: "allowed" }]);
  });
});

describe("requests to a curated server", () => {
  const UNKNOWN = { status: 200, code: -32602, reason: "unknown_name", logged: "tool_denied" };

  it("get the response of an unknown name, with the name that the client sent", () => {
    const file = { tools: { rename: { search: "find" }, deny: ["search"] } };
    expect(authorize(file, "tools/call", { name: "search" })).toEqual({
      errorResponse: { ...UNKNOWN, message: "Unknown tool: find" },
      denied: [{ kind: "tool", name: "search", rule: "search", setting: "tools.deny" }],
    });
  });

  it("are denied and logged by the server's name of a renamed tool if the client sends it", () => {
    expect(authorize({ tools: { rename: { search: "find" } } }, "tools/call", { name: "find" })).toEqual({
      errorResponse: { ...UNKNOWN, message: "Unknown tool: search" },
      denied: [{ kind: "tool", name: "search", rule: "search", setting: "tools.rename" }],
    });
  });

  it("are denied by curation although rules are only logged", () => {
    const file = {
      tools: { deny: ["a"] },
      tool_authorization: { b: PRO, a: PRO, c: { required_scopes: ["x"] } },
      tool_authorization_mode: "log_only",
    };
    expect(authorize(file, "tools/call", { name: "a" })).toMatchObject({
      errorResponse: { message: "Unknown tool: a" },
      denied: [{ setting: "tools.deny" }],
    });
    expect(authorize(file, "tools/call", { name: "b" })).toMatchObject({
      shadowed: { message: "Unknown tool: b" },
      denied: [{ rule: "b", claim: "tier" }],
    });
    expect(authorize(file, "tools/call", { name: "c" })).toMatchObject({
      shadowed: { reason: "insufficient_scope" },
    });
  });

  it.each([
    ["rules only", { tool_authorization: { a: {} }, tool_authorization_mode: "log_only" }, "shadowed"],
    ["curation", { tools: {}, tool_authorization_mode: "log_only" }, "errorResponse"],
  ])("with a method that MCP does not have are handled by %s", (_, file, outcome) => {
    expect(authorize(file, "vendor/x", {})).toMatchObject({ [outcome]: { reason: "unknown_method" } });
  });

  it("may not complete a reference of an unknown type, whose name could be a renamed tool's", () => {
    const params = { ref: { type: "ref/tool", name: "a" } };
    expect(authorize({ resources: {} }, "completion/complete", params)).toMatchObject({
      errorResponse: { message: "Unknown prompt: a", logged: "prompt_denied" },
      denied: [{ setting: "prompts" }, { setting: "prompts" }, { setting: "prompts" }],
    });
    const known = { ref: { type: "ref/prompt", name: "a" } };
    expect(authorize({ resources: {} }, "completion/complete", known)).toEqual({});
    const template = { ref: { type: "ref/resource", uri: "docs://a/{b}" } };
    expect(authorize({ resources: {} }, "completion/complete", template)).toEqual({});
  });
});

describe("sentName", () => {
  it("is the client's name of a renamed tool, and the same name otherwise", () => {
    const server = serverWith({ tools: { rename: { search: "find" } } });
    expect(sentName({ kind: "tool", name: "search" }, server)).toBe("find");
    expect(sentName({ kind: "tool", name: "other" }, server)).toBe("other");
    expect(sentName({ kind: "prompt", name: "search" }, server)).toBe("search");
    expect(sentName({ kind: "tool", name: undefined }, server)).toBeUndefined();
  });
});

describe("tasks of a curated server", () => {
  const deny = (tools: (string | undefined)[], file: Record<string, unknown>) =>
    taskDenial(tools, serverWith(file), principalWith());

  it("are denied with their tool, also if an earlier one is only logged", () => {
    const file = {
      tools: { deny: ["a"] },
      tool_authorization: { b: PRO, c: { required_scopes: ["x"] } },
      tool_authorization_mode: "log_only",
    };
    expect(deny(["b", "a"], file)).toMatchObject({
      isShadow: false,
      target: { name: "a", setting: "tools.deny" },
    });
    expect(deny(["b"], file)).toMatchObject({ isShadow: true, target: { name: "b" } });
    expect(deny(["c"], file)).toMatchObject({ isShadow: true });
    expect(deny(["d"], file)).toBeUndefined();
  });

  it("are denied if their tool is not known", () => {
    expect(deny([undefined], { tools: {} })).toMatchObject({ isShadow: false, target: { setting: "tools" } });
  });
});
