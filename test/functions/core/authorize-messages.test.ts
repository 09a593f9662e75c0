import { describe, expect, it } from "vitest";
import { authorizeMessages } from "../../../functions/core/authorize-messages.ts";
import type { EffectiveServer } from "../../../functions/core/config/effective-server.ts";
import { configSnapshot } from "../../support/gateway-config.ts";
import { principalWith } from "../../support/principals.ts";

const PRO = { required_claims: { tier: { values: "pro" } } };

const RULES = {
  tool_authorization: {
    delete: { required_claims: { tier: { values: "pro" } } },
    send: { required_scopes: ["mail:read", "mail:send"] },
  },
};

function serverWith(extra: Record<string, unknown> = {}): EffectiveServer {
  return configSnapshot({ servers: { tools: { ...RULES, ...extra } } }).servers.get(
    "tools",
  ) as EffectiveServer;
}

const call = (name: unknown) => ({ id: 1, method: "tools/call", params: { name } });
const message = (method: string, params: Record<string, unknown> = {}, id: number | undefined = 1) => ({
  id,
  method,
  params,
});
const authorize = (names: unknown[], server = serverWith()) =>
  authorizeMessages(names.map(call), server, principalWith());

const UNKNOWN = { status: 200, code: -32602, reason: "unknown_name" };
const HIDDEN = { ...UNKNOWN, logged: "tool_denied" };

describe("authorizeMessages", () => {
  it("allows messages that every rule allows", () => {
    expect(authorize(["add", "multiply"])).toStrictEqual({});
    expect(authorize([])).toStrictEqual({});
  });

  it("responds to a hidden tool as a server does to an unknown tool, and logs the rule and the claim", () => {
    expect(authorize(["delete"])).toEqual({
      errorResponse: { ...HIDDEN, message: "Unknown tool: delete" },
      denied: [{ kind: "tool", name: "delete", rule: "delete", claim: "tier" }],
    });
  });

  it("denies a call without a name", () => {
    expect(authorize([undefined])).toEqual({
      errorResponse: { ...HIDDEN, message: "Unknown tool: no name given" },
      denied: [{ kind: "tool", name: undefined, rule: undefined }],
    });
  });

  it("states the expected form of a name that is not canonical, on one line", () => {
    expect(authorize(["add\n"])).toEqual({
      errorResponse: {
        ...HIDDEN,
        message:
          "Unknown tool: add\\u{a}. Use the tool's name as the server lists it, without control, format and other invisible characters.",
      },
      denied: [
        {
          kind: "tool",
          name: "add\n",
          rule: undefined,
          form: "without control, format and other invisible characters",
        },
      ],
    });
    expect(authorize(["x".repeat(1_000)]).errorResponse?.message).toBe(
      `Unknown tool: ${"x".repeat(256)}…. Use the tool's name as the server lists it, with at most 256 characters.`,
    );
  });

  it("reports a template as a resource", () => {
    const server = serverWith({ resource_authorization: { "docs://private/*": PRO } });
    const ref = { type: "ref/resource", uri: "docs://private/{name}" };
    expect(authorizeMessages([message("completion/complete", { ref })], server, principalWith())).toEqual({
      errorResponse: {
        ...UNKNOWN,
        logged: "resource_denied",
        message: "Unknown resource: docs://private/{name}",
      },
      denied: [{ kind: "template", name: "docs://private/{name}", rule: "docs://private/*", claim: "tier" }],
    });
  });

  it("reports the kind of a denied prompt or resource", () => {
    const rules = { prompt_authorization: { "*": PRO }, resource_authorization: { "*": PRO } };
    const judged = (method: string, params: Record<string, unknown>) =>
      authorizeMessages([message(method, params)], serverWith(rules), principalWith()).errorResponse?.logged;
    expect(judged("prompts/get", { name: "review" })).toBe("prompt_denied");
    expect(judged("resources/read", { uri: "docs://a/b" })).toBe("resource_denied");
  });

  it("lists all required scopes if some are missing", () => {
    expect(authorize(["send"])).toEqual({
      errorResponse: {
        status: 403,
        code: 403,
        reason: "insufficient_scope",
        message: "This tool needs the scopes mail:read mail:send. Sign in again and ask for all of them.",
        scopes: ["mail:read", "mail:send"],
      },
      denied: [{ kind: "tool", name: "send", rule: "send", missingScopes: ["mail:read", "mail:send"] }],
    });
  });

  it("denies a batch if one message is denied, and lists every denied message", () => {
    expect(authorize(["add", "delete", "send", "add"])).toMatchObject({
      errorResponse: { reason: "unknown_name" },
      denied: [{ name: "delete" }, { name: "send" }],
    });
  });

  it.each(["Tools/Call", "tool\u017f/call", "tools/call\u0085", "tools/run", "vendor/reindex"])(
    "responds to the method %j as a server does to an unknown method",
    (method) => {
      const result = authorizeMessages([message(method, { name: "add" })], serverWith(), principalWith());
      expect(result).toMatchObject({
        errorResponse: { status: 200, code: -32601, reason: "unknown_method", logged: "method_denied" },
        denied: [{ kind: "method", name: method, rule: undefined }],
      });
      expect(result.errorResponse?.message).toMatch(/^Method not found: [ -~\u017f]+$/);
    },
  );

  it("allows every method if the server has no rules", () => {
    const server = configSnapshot({ servers: { tools: {} } }).servers.get("tools") as EffectiveServer;
    const messages = [message("Tools/Call", { name: "delete" }), message("vendor/reindex")];
    expect(authorizeMessages(messages, server, principalWith())).toStrictEqual({});
  });

  it("allows a method that the configuration adds, and applies the tool rules if the method calls a tool", () => {
    const server = serverWith({ extra_methods: ["vendor/reindex", "tools/run"] });
    const judged = (method: string, name: string) =>
      authorizeMessages([message(method, { name })], server, principalWith());
    expect(judged("vendor/reindex", "delete")).toStrictEqual({});
    expect(judged("tools/run", "add")).toStrictEqual({});
    expect(judged("tools/run", "delete")).toMatchObject({ errorResponse: { reason: "unknown_name" } });
  });

  it("allows notifications and responses", () => {
    const messages = [
      { id: undefined, method: "notifications/cancelled", params: {} },
      { id: 1, method: undefined, params: {} },
    ];
    expect(authorizeMessages(messages, serverWith(), principalWith())).toStrictEqual({});
  });

  it("accepts 1000 names in one body and denies 1001", () => {
    const listen = (count: number) => {
      const resourceSubscriptions = Array.from({ length: count }, (_, index) => `docs://a/${index}`);
      return message("subscriptions/listen", { notifications: { resourceSubscriptions } });
    };
    expect(authorizeMessages([listen(1_000)], serverWith(), principalWith())).toStrictEqual({});
    expect(authorizeMessages([listen(600), listen(401)], serverWith(), principalWith())).toEqual({
      errorResponse: {
        status: 413,
        code: 413,
        reason: "request_too_large",
        message:
          "The body names 1001 tools, prompts and resources; at most 1000 are accepted. Send several requests.",
      },
      denied: [],
    });
  });

  it("allows a denied call in log_only mode and logs the denial", () => {
    const server = serverWith({ tool_authorization_mode: "log_only" });
    expect(authorize(["delete"], server)).toEqual({
      shadowed: { ...HIDDEN, message: "Unknown tool: delete" },
      denied: [{ kind: "tool", name: "delete", rule: "delete", claim: "tier" }],
    });
    expect(authorizeMessages([message("vendor/x")], server, principalWith())).toMatchObject({
      shadowed: { reason: "unknown_method" },
    });
  });
});
