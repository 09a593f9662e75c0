import { describe, expect, it } from "vitest";
import { accessTargets, decideAccessTo, hasAccessRules } from "../../../functions/core/access.ts";
import type { EffectiveServer } from "../../../functions/core/config/effective-server.ts";
import { configSnapshot } from "../../support/gateway-config.ts";
import { principalWith } from "../../support/principals.ts";

const PRO = { required_claims: { tier: { values: "pro" } } };
const PRO_CALLER = principalWith({ claims: { tier: "pro" } });
const MAIL = { required_scopes: ["mail:read", "mail:send"] };

function serverWith(rules: Record<string, unknown>): EffectiveServer {
  return configSnapshot({ servers: { tools: rules } }).servers.get("tools") as EffectiveServer;
}

function accessTo(
  kind: "tool" | "prompt" | "resource" | "template",
  name: string | undefined,
  rules: Record<string, unknown>,
  principal = principalWith(),
) {
  return decideAccessTo(
    { kind, name },
    serverWith({ [`${kind === "template" ? "resource" : kind}_authorization`]: rules }),
    principal,
  );
}

const NAMELESS = [
  { kind: "prompt", name: undefined },
  { kind: "tool", name: undefined },
  { kind: "template", name: undefined },
];

describe("accessTargets", () => {
  it.each([
    ["tools/list", { name: "x", ref: { type: "ref/prompt", name: "x" } }, []],
    ["prompts/list", { name: "x", ref: { type: "ref/prompt", name: "x" } }, []],
    ["resources/list", { uri: "x", ref: { type: "ref/prompt", name: "x" } }, []],
    ["resources/templates/list", { uri: "x", ref: { type: "ref/prompt", name: "x" } }, []],
    ["initialize", { name: "x", uri: "x" }, []],
    ["ping", {}, []],
    [undefined, { name: "x" }, []],
    ["tools/call", { name: "add" }, [{ kind: "tool", name: "add" }]],
    ["tools/call", { name: 5 }, [{ kind: "tool", name: undefined }]],
    ["tools/call", {}, [{ kind: "tool", name: undefined }]],
    ["Tools/Call", { name: "add" }, [{ kind: "tool", name: "add" }]],
    [" tools/call", { name: "add" }, [{ kind: "tool", name: "add" }]],
    ["tools/anything-new", { name: "add" }, [{ kind: "tool", name: "add" }]],
    ["prompts/get", { name: "greet" }, [{ kind: "prompt", name: "greet" }]],
    ["resources/read", { uri: "file:///a" }, [{ kind: "resource", name: "file:///a" }]],
    ["resources/subscribe", { uri: "file:///a" }, [{ kind: "resource", name: "file:///a" }]],
    ["resources/unsubscribe", { uri: "file:///a" }, [{ kind: "resource", name: "file:///a" }]],
    [
      "completion/complete",
      { ref: { type: "ref/prompt", name: "greet", uri: "x" } },
      [{ kind: "prompt", name: "greet" }],
    ],
    [
      "completion/complete",
      { ref: { type: "ref/resource", uri: "file:///{x}", name: "x" } },
      [{ kind: "template", name: "file:///{x}" }],
    ],
    [
      "completion/complete",
      { ref: { type: "ref/new", name: "n", uri: "u" } },
      [
        { kind: "prompt", name: "n" },
        { kind: "tool", name: "n" },
        { kind: "template", name: "u" },
      ],
    ],
    ["completion/complete", { ref: { type: "ref/new" } }, NAMELESS],
    ["completion/complete", { ref: null }, NAMELESS],
    ["completion/complete", {}, NAMELESS],
    [
      "completion/complete",
      { ref: { type: "ref/resource", name: "x" } },
      [{ kind: "template", name: undefined }],
    ],
    [
      "subscriptions/listen",
      { notifications: { resourceSubscriptions: ["file:///a", 5] } },
      [
        { kind: "resource", name: "file:///a" },
        { kind: "resource", name: undefined },
      ],
    ],
    [
      "subscriptions/listen",
      { notifications: { resourceSubscriptions: "file:///a" } },
      [{ kind: "resource", name: "file:///a" }],
    ],
    [
      "subscriptions/listen",
      { notifications: { resourceSubscriptions: { 0: "file:///a" } } },
      [{ kind: "resource", name: undefined }],
    ],
    ["subscriptions/listen", { notifications: { toolsListChanged: true } }, []],
    ["tasks/get", { taskId: "t1", name: "x" }, [{ kind: "task", name: "t1" }]],
    ["tasks/list", { taskId: "t1" }, []],
    ["tool\u017f/call", { name: "add" }, [{ kind: "tool", name: "add" }]],
    ["tools/call\u0085", { name: "add" }, [{ kind: "tool", name: "add" }]],
    ["prompts/anything-new", { name: "greet" }, [{ kind: "prompt", name: "greet" }]],
    ["resources/anything-new", { uri: "file:///a" }, [{ kind: "resource", name: "file:///a" }]],
    ["vendor/run", { name: "add" }, []],
    ["subscriptions/listen", {}, []],
    [
      "subscriptions/listen",
      JSON.parse('{"notifications":{"__proto__":{"resourceSubscriptions":["file:///a"]}}}'),
      [{ kind: "resource", name: undefined }],
    ],
    [
      "subscriptions/listen",
      JSON.parse('{"__proto__":{"notifications":{"resourceSubscriptions":["file:///a"]}}}'),
      [{ kind: "resource", name: undefined }],
    ],
  ])("returns the targets of %s with params %j", (method, params, targets) => {
    expect(accessTargets({ id: 1, method, params })).toEqual(targets);
  });
});

describe("decideAccessTo", () => {
  it("allows every target of a server without rules, including a target without a name", () => {
    expect(decideAccessTo({ kind: "tool", name: undefined }, serverWith({}), principalWith())).toEqual({
      type: "allowed",
    });
  });

  it("allows every task, because the upstream checks tasks itself", () => {
    const server = serverWith({ tool_authorization: { "*": PRO } });
    expect(decideAccessTo({ kind: "task", name: "t1" }, server, principalWith())).toEqual({
      type: "allowed",
    });
  });

  it("allows a name that no rule matches", () => {
    expect(accessTo("tool", "add", { delete: PRO })).toEqual({ type: "allowed" });
  });

  it("applies the rules of tools, prompts and resources separately", () => {
    const server = serverWith({ tool_authorization: { "*": PRO } });
    expect(decideAccessTo({ kind: "prompt", name: "a" }, server, principalWith())).toEqual({
      type: "allowed",
    });
    expect(decideAccessTo({ kind: "resource", name: "a" }, server, principalWith())).toEqual({
      type: "allowed",
    });
    const decision = decideAccessTo({ kind: "tool", name: "a" }, server, principalWith());
    expect(decision).toEqual({ type: "hidden", rule: "*", claim: "tier" });
  });

  it.each(["tool", "prompt", "resource"] as const)(
    "hides a %s from a caller whose claims never match",
    (kind) => {
      expect(accessTo(kind, "secret://x", { "secret://x": PRO })).toEqual({
        type: "hidden",
        rule: "secret://x",
        claim: "tier",
      });
      const pro = principalWith({ claims: { tier: "pro" } });
      expect(accessTo(kind, "secret://x", { "secret://x": PRO }, pro)).toEqual({ type: "allowed" });
    },
  );

  it("requires every claim rule", () => {
    const both = { required_claims: { tier: { values: "pro" }, team: { values: "red" } } };
    const half = principalWith({ claims: { tier: "pro" } });
    const whole = principalWith({ claims: { tier: "pro", team: "red" } });
    expect(accessTo("tool", "a", { a: both }, half)).toEqual({ type: "hidden", rule: "a", claim: "team" });
    expect(accessTo("tool", "a", { a: both }, whole)).toEqual({ type: "allowed" });
  });

  it("returns all required scopes if some are missing", () => {
    const some = principalWith({ scopes: ["mail:read"] });
    const all = principalWith({ scopes: ["mail:send", "x", "mail:read"] });
    const decision = {
      type: "scopes",
      rule: "send",
      required: ["mail:read", "mail:send"],
      missing: ["mail:send"],
    };
    expect(accessTo("tool", "send", { send: MAIL }, some)).toEqual(decision);
    expect(accessTo("tool", "send", { send: MAIL }, all)).toEqual({ type: "allowed" });
  });

  it("hides a target instead of asking for scopes if the caller's claims never match", () => {
    expect(accessTo("tool", "send", { send: { ...PRO, ...MAIL } })).toEqual({
      type: "hidden",
      rule: "send",
      claim: "tier",
    });
  });

  it("applies the exact name before the longest glob, and the longest glob before *", () => {
    const rules = { "*": PRO, "admin_*": MAIL, admin_ping: {} };
    expect(accessTo("tool", "admin_ping", rules)).toEqual({ type: "allowed" });
    expect(accessTo("tool", "admin_reset", rules)).toMatchObject({ type: "scopes" });
    expect(accessTo("tool", "add", rules)).toEqual({ type: "hidden", rule: "*", claim: "tier" });
  });

  it("compares names case-sensitively", () => {
    expect(accessTo("tool", "Delete", { delete: PRO })).toEqual({ type: "allowed" });
  });

  it.each([
    ["no name", undefined],
    ["space before it", " add"],
    ["space after it", "add "],
    ["a line break", "a\ndd"],
    ["NUL", "add\0"],
    ["a tab inside", "a\tdd"],
    ["DEL", "add\x7f"],
    ["NEL at its end", "add\u0085"],
    ["a zero-width space", "a\u200bdd"],
    ["another normalization form", "ade\u0301"],
    ["257 characters", "a".repeat(257)],
    ["no characters", ""],
  ])("hides a target with %s from every caller if the server has rules", (_, name) => {
    expect(accessTo("tool", name, { other: PRO }, PRO_CALLER).type).toBe("hidden");
  });

  it("hides a forbidden resource by its canonical URI, and allows it for a caller that the rule allows", () => {
    const rules = { "file:///private/*": PRO };
    expect(accessTo("resource", "file:///private/a", rules)).toEqual({
      type: "hidden",
      rule: "file:///private/*",
      claim: "tier",
    });
    expect(accessTo("resource", "file:///private/a", rules, PRO_CALLER)).toEqual({ type: "allowed" });
    expect(accessTo("resource", "file:///private%20notes/a", rules)).toEqual({ type: "allowed" });
  });

  it.each([
    "FILE:///private/a",
    "file:///public/../private/a",
    "file:///priv%61te/a",
    "file:///private%2Fa",
    "file:////private/a",
    "docs://./private/a",
    "docs:private/a",
    "private/a",
    "",
  ])("hides %j, which is not a canonical URI, from every caller if the server has rules", (uri) => {
    for (const principal of [principalWith(), PRO_CALLER]) {
      const decision = accessTo("resource", uri, { "file:///private/*": PRO }, principal);
      expect(decision).toEqual({
        type: "hidden",
        fault: expect.stringMatching(/^(?:with|without|that|of) /),
      });
    }
  });

  it.each([
    ["docs://a/b?page=2", "docs://a/b"],
    ["docs://a/b?c/", "docs://a/b"],
    ["docs://a/b/", "docs://a/b"],
    ["docs://a/b/?page=2", "docs://a/b"],
    ["docs://a/b/?page=2", "docs://a/b/"],
    ["docs://a/b.txt?page=2", "docs://*.txt"],
    ["docs://a/", "docs://a"],
    ["docs://a:8080/b", "docs://a/b"],
    ["docs://a:8080/b/?page=2", "docs://a/b"],
    ["docs://a:1", "docs://a"],
    ["docs://[::1]:1/b", "docs://[::1]/*"],
    ["docs://a/b%281%29", "docs://a/b(1)"],
    ["docs://a/b%2C%27%21", "docs://a/b,'!"],
  ])("hides %s, which some servers treat as the forbidden %s", (uri, forbidden) => {
    expect(accessTo("resource", uri, { "*": {}, [forbidden]: PRO })).toEqual({
      type: "hidden",
      rule: forbidden,
      claim: "tier",
    });
  });

  it.each([
    ["docs://a/b/", "docs://a/b/*"],
    ["search://items?q=x", "search://items?*"],
    ["docs://a/b?page=2", "docs://a/b*"],
    ["docs://a:8080/b", "docs://a:8080/*"],
    ["docs://a/b%281%29", "docs://a/b(*"],
  ])("allows %s by the rule %s although the resource that it is part of is not allowed", (uri, allowed) => {
    expect(accessTo("resource", uri, { "*": PRO, [allowed]: {} })).toEqual({ type: "allowed" });
  });

  it.each(["docs://a/b?file=c", "docs://a/b/"])(
    "does not allow %s only because docs://a/b is allowed",
    (uri) => {
      expect(accessTo("resource", uri, { "*": PRO, "docs://a/b": {} })).toEqual({
        type: "hidden",
        rule: "*",
        claim: "tier",
      });
    },
  );

  it("asks for the scopes of the resource if its URI has a query", () => {
    expect(accessTo("resource", "docs://a/b?c", { "docs://a/b": MAIL })).toEqual({
      type: "scopes",
      rule: "docs://a/b",
      required: ["mail:read", "mail:send"],
      missing: ["mail:read", "mail:send"],
    });
  });

  it.each([
    ["docs://private/{name}", { type: "hidden", rule: "docs://private/*", claim: "tier" }],
    ["docs://private{/name}", { type: "hidden", rule: "docs://private/*", claim: "tier" }],
    ["docs://private/{+path}", { type: "hidden", rule: "docs://private/*", claim: "tier" }],
    ["docs://private/a{?page}", { type: "hidden", rule: "docs://private/*", claim: "tier" }],
    ["docs://public/{name}", { type: "allowed" }],
    ["docs://public/a", { type: "allowed" }],
    ["docs://./private/{name}", { type: "hidden", fault: "that makes URIs in their one form" }],
    ["{+uri}", { type: "hidden", fault: "that makes URIs in their one form" }],
  ])("checks the template %s by the URIs that it expands to", (template, decision) => {
    expect(accessTo("template", template, { "docs://private/*": PRO })).toEqual(decision);
  });

  it("hides a template that expands to part of a resource that is forbidden by its exact name", () => {
    expect(accessTo("template", "docs://a/b{?page}", { "docs://a/b": PRO }).type).toBe("hidden");
  });

  it("treats a name with braces as a template only where the protocol allows templates", () => {
    expect(accessTo("resource", "docs://public/{name}", { "docs://private/*": PRO }).type).toBe("hidden");
  });

  it("does not parse a tool name as a URI", () => {
    expect(accessTo("tool", "del%65te", { delete: PRO })).toEqual({ type: "allowed" });
  });
});

describe("hasAccessRules", () => {
  it.each([
    ["no rules", {}, false],
    ["rules for tools", { tool_authorization: { a: {} } }, true],
    ["rules for prompts", { prompt_authorization: { a: {} } }, true],
    ["rules for resources", { resource_authorization: { "docs://a": {} } }, true],
  ])("returns the expected result for a server with %s", (_, rules, has) => {
    expect(hasAccessRules(serverWith(rules))).toBe(has);
  });
});
