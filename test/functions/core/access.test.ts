import { describe, expect, it } from "vitest";
import { accessTargets, decideAccessTo, hasAccessRules } from "../../../functions/core/access.ts";
import type { EffectiveServer } from "../../../functions/core/config/effective-server.ts";
import { configSnapshot } from "../../support/gateway-config.ts";
import { principalWith } from "../../support/principals.ts";

const PRO = { required_claims: { tier: { values: "pro" } } };
const MAIL = { required_scopes: ["mail:read", "mail:send"] };

function serverWith(rules: Record<string, unknown>): EffectiveServer {
  return configSnapshot({ servers: { tools: rules } }).servers.get("tools") as EffectiveServer;
}

function accessTo(
  kind: "tool" | "prompt" | "resource",
  name: string | undefined,
  rules: Record<string, unknown>,
  principal = principalWith(),
) {
  return decideAccessTo({ kind, name }, serverWith({ [`${kind}_authorization`]: rules }), principal);
}

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
      [{ kind: "resource", name: "file:///{x}" }],
    ],
    [
      "completion/complete",
      { ref: { type: "ref/new", name: "n", uri: "u" } },
      [
        { kind: "prompt", name: "n" },
        { kind: "tool", name: "n" },
        { kind: "resource", name: "u" },
      ],
    ],
    ["completion/complete", { ref: { type: "ref/new" } }, []],
    ["completion/complete", { ref: null }, []],
    ["completion/complete", {}, []],
    [
      "subscriptions/listen",
      { notifications: { resourceSubscriptions: ["file:///a", 5] } },
      [
        { kind: "resource", name: "file:///a" },
        { kind: "resource", name: undefined },
      ],
    ],
    ["subscriptions/listen", { notifications: { toolsListChanged: true } }, []],
    ["subscriptions/listen", {}, []],
  ])("of %s with %j", (method, params, targets) => {
    expect(accessTargets({ id: 1, method, params })).toEqual(targets);
  });
});

describe("decideAccessTo", () => {
  it("allows everything where there are no rules, a nameless target too", () => {
    expect(decideAccessTo({ kind: "tool", name: undefined }, serverWith({}), principalWith())).toEqual({
      type: "allowed",
    });
  });

  it("allows a name that no rule speaks about", () => {
    expect(accessTo("tool", "add", { delete: PRO })).toEqual({ type: "allowed" });
  });

  it("keeps the rules of tools, prompts and resources apart", () => {
    const server = serverWith({ tool_authorization: { "*": PRO } });
    expect(decideAccessTo({ kind: "prompt", name: "a" }, server, principalWith())).toEqual({
      type: "allowed",
    });
    expect(decideAccessTo({ kind: "resource", name: "a" }, server, principalWith())).toEqual({
      type: "allowed",
    });
    expect(decideAccessTo({ kind: "tool", name: "a" }, server, principalWith())).toEqual({ type: "hidden" });
  });

  it.each(["tool", "prompt", "resource"] as const)(
    "hides a %s from a caller whose claims never match",
    (kind) => {
      expect(accessTo(kind, "secret:x", { "secret:x": PRO })).toEqual({ type: "hidden" });
      const pro = principalWith({ claims: { tier: "pro" } });
      expect(accessTo(kind, "secret:x", { "secret:x": PRO }, pro)).toEqual({ type: "allowed" });
    },
  );

  it("requires every claim rule", () => {
    const both = { required_claims: { tier: { values: "pro" }, team: { values: "red" } } };
    const half = principalWith({ claims: { tier: "pro" } });
    const whole = principalWith({ claims: { tier: "pro", team: "red" } });
    expect(accessTo("tool", "a", { a: both }, half)).toEqual({ type: "hidden" });
    expect(accessTo("tool", "a", { a: both }, whole)).toEqual({ type: "allowed" });
  });

  it("names all scopes where some are missing", () => {
    const some = principalWith({ scopes: ["mail:read"] });
    const all = principalWith({ scopes: ["mail:send", "x", "mail:read"] });
    const answer = { type: "scopes", required: ["mail:read", "mail:send"] };
    expect(accessTo("tool", "send", { send: MAIL }, some)).toEqual(answer);
    expect(accessTo("tool", "send", { send: MAIL }, all)).toEqual({ type: "allowed" });
  });

  it("hides rather than asks for scopes where the claims never match", () => {
    expect(accessTo("tool", "send", { send: { ...PRO, ...MAIL } })).toEqual({ type: "hidden" });
  });

  it("lets the exact name decide before the longest glob, and that before *", () => {
    const rules = { "*": PRO, "admin_*": MAIL, admin_ping: {} };
    expect(accessTo("tool", "admin_ping", rules)).toEqual({ type: "allowed" });
    expect(accessTo("tool", "admin_reset", rules)).toMatchObject({ type: "scopes" });
    expect(accessTo("tool", "add", rules)).toEqual({ type: "hidden" });
  });

  it("compares names in their case", () => {
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
  ])("hides a target with %s from everybody once there are rules", (_, name) => {
    expect(accessTo("tool", name, { other: PRO })).toEqual({ type: "hidden" });
  });

  it.each([
    ["as written", "file:///private/a"],
    ["with the scheme in upper case", "FILE:///private/a"],
    ["with dot segments", "file:///public/../private/a"],
    ["with an escaped letter", "file:///priv%61te/a"],
    ["with a letter escaped twice", "file:///priv%2561te/a"],
    ["with an escaped slash", "file:///private%2Fa"],
    ["with escaped dot segments", "file:///public/%2e%2e/private/a"],
    ["with a backslash", "file:///public\\..\\private\\a"],
    ["with an escaped letter before a broken escape", "file:///priv%61te/a%zz"],
    ["with an escaped letter in bytes that are no UTF-8", "file:///priv%61te/%ff"],
    ["with slashes in a row", "file:////private/a"],
    ["with slashes in a row before dot segments", "file:///public//../private/a"],
  ])("hides a forbidden resource %s", (_, uri) => {
    const rules = { "file:///private/*": PRO };
    expect(accessTo("resource", uri, rules)).toEqual({ type: "hidden" });
    expect(accessTo("resource", uri, rules, principalWith({ claims: { tier: "pro" } }))).toEqual({
      type: "allowed",
    });
  });

  it.each([
    ["after an authority", "mem://host/private/*", "mem://host//private/a"],
    ["after an authority, more than two", "mem://host/private/*", "mem://host/////private////a"],
    ["in a path without authority", "mem:private/a", "mem:private//a"],
    ["in a path without authority that holds a colon", "mem:a:/private", "mem:a://private"],
    ["in a name without scheme", "notes/private/a", "notes//private/a"],
    ["in a name that holds a colon", "notes/private:a", "notes//private:a"],
    ["after an authority without scheme", "//host/private/*", "//host//private/a"],
  ])("hides a forbidden resource with slashes in a row %s", (_, pattern, uri) => {
    expect(accessTo("resource", uri, { [pattern]: PRO })).toEqual({ type: "hidden" });
  });

  it.each([
    ["mem://host/a?to=b//c", "mem://host/a?to=b/c"],
    ["mem://host/a#b//c", "mem://host/a#b/c"],
    ["mem://host?b//c", "mem://host?b/c"],
    ["mem://host#b//c", "mem://host#b/c"],
    ["note?to=b:c//d", "note?to=b:c/d"],
    ["note#to=b:c//d", "note#to=b:c/d"],
    ["mem://host/a", "mem:/host/a"],
  ])("takes the slashes of %s for themselves: it is not %s", (uri, other) => {
    expect(accessTo("resource", uri, { [other]: PRO }).type).toBe("allowed");
  });

  it.each([
    ["escapes", "mem:/%61b".repeat(40)],
    ["slashes in a row", "mem:/a//b".repeat(40)],
  ])("takes many %s of a resource for one more spelling, not for many", (_, uri) => {
    expect(accessTo("resource", uri, { "mem:private": PRO }).type).toBe("allowed");
  });

  it("hides a forbidden resource with escapes that make one character together", () => {
    expect(accessTo("resource", "priv%C3%A9/a", { "privé/*": PRO }).type).toBe("hidden");
    expect(accessTo("resource", "priv%c3%a9/a", { "privé/*": PRO }).type).toBe("hidden");
  });

  it.each(["note?page=2", "note#part-2", "note?line\u2028break"])(
    "keeps a resource without scheme that is forbidden by its exact name, whatever follows it: %j",
    (uri) => expect(accessTo("resource", uri, { note: PRO }).type).toBe("hidden"),
  );

  it.each(["file:///a", "file:///a?b", "file:///a#b", "file:///a?b#c?d"])(
    "keeps a resource that is forbidden by its exact name, whatever follows it: %s",
    (uri) => expect(accessTo("resource", uri, { "file:///a": PRO }).type).toBe("hidden"),
  );

  it("asks for scopes that another spelling of a resource needs", () => {
    expect(accessTo("resource", "file:///priv%61te/a", { "file:///private/*": MAIL })).toMatchObject({
      type: "scopes",
    });
  });

  it("allows a resource whose every spelling is allowed", () => {
    expect(accessTo("resource", "file:///public/%zz/a", { "file:///private/*": PRO })).toEqual({
      type: "allowed",
    });
    expect(accessTo("resource", "note one", { "file:///private/*": PRO })).toEqual({ type: "allowed" });
  });

  it("reads a resource in up to 32 spellings and hides one of more: its meaning is anybody's guess", () => {
    // One spelling for each %25 that is undone, and two more: as it came, and with the letter itself.
    const escaped = (times: number) => `file:///%${"25".repeat(times)}61`;
    expect(accessTo("resource", escaped(30), { "file:///private/*": PRO }).type).toBe("allowed");
    expect(accessTo("resource", escaped(30), { "file:///a": PRO }).type).toBe("hidden");
    expect(accessTo("resource", escaped(31), { "file:///private/*": PRO }).type).toBe("hidden");
  });

  it("does not read the name of a tool as a URI", () => {
    expect(accessTo("tool", "del%65te", { delete: PRO })).toEqual({ type: "allowed" });
  });
});

describe("hasAccessRules", () => {
  it.each([
    ["no rules", {}, false],
    ["rules for tools", { tool_authorization: { a: {} } }, true],
    ["rules for prompts", { prompt_authorization: { a: {} } }, true],
    ["rules for resources", { resource_authorization: { a: {} } }, true],
  ])("with %s", (_, rules, has) => {
    expect(hasAccessRules(serverWith(rules))).toBe(has);
  });
});
