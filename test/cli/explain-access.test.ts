import { describe, expect, it } from "vitest";
import { explainName, explainRules } from "../../cli/explain-access.ts";
import type { Principal } from "../../functions/core/principal.ts";
import { configSnapshot } from "../support/gateway-config.ts";

const CALLER: Principal = {
  server: "tools",
  sub: "U2",
  issuer: "https://issuer.example.com",
  exp: 0,
  tenant: "",
  clientId: "",
  scopes: ["read"],
  claims: { plan: ["free", "pro"], tier: "free", "tenants.T2.roles": ["admin"] },
  admitted: true,
};
const RULES = {
  tool_authorization: {
    whoami: {},
    pro_report: { required_claims: { plan: { values: "pro" } } },
    "gold_*": { required_claims: { tier: { values: "gold" } } },
    send: { required_scopes: ["read", "send"] },
    read: {
      required_scopes: ["read"],
      required_claims: { "tenants.T2.roles": { values: "admin", matchType: "contains" } },
    },
    mail: { required_claims: { email: { values: "x@acme.com" } } },
  },
  resource_authorization: { "docs://private/*": { required_scopes: ["docs"] }, "*": {} },
};

function serverWith(file: Record<string, unknown>) {
  const server = configSnapshot({ servers: { tools: file } }).servers.get("tools");
  if (server === undefined) throw new Error("no server");
  return server;
}
const SERVER = serverWith(RULES);
const row = (kind: "tool" | "prompt" | "resource", name: string, server = SERVER) => {
  const { result, rule, by, advice } = explainName(kind, name, server, CALLER);
  return { result, rule, by, advice };
};

describe("explainName", () => {
  it.each<["tool" | "prompt" | "resource", string, string | undefined, string]>([
    ["tool", "whoami", "whoami", "an empty rule"],
    ["tool", "read", "read", "claim tenants.T2.roles, scopes read"],
    ["tool", "anything", undefined, "no rule"],
    ["prompt", "anything", undefined, "no rules"],
    ["resource", "docs://public/a", "*", "an empty rule"],
  ])("allows the %s %s", (kind, name, rule, by) =>
    expect(row(kind, name)).toEqual({ result: "allowed", rule, by, advice: [] }),
  );

  it("advises contains if exact is compared with a list", () => {
    expect(row("tool", "pro_report")).toEqual({
      result: "denied",
      rule: "pro_report",
      by: 'claim plan: expected exact pro; actual ["free","pro"]',
      advice: [
        '"plan" is a list of 2 values in the token, but "exact" compares single values. Use "matchType": "contains".',
      ],
    });
  });

  it("names the claim with a different value, and the glob that decides", () => {
    expect(row("tool", "gold_report")).toEqual({
      result: "denied",
      rule: "gold_*",
      by: 'claim tier: expected exact gold; actual "free"',
      advice: [
        'The user\'s "tier" is not one of the values that the rule allows. Change the user (or tenant) in the Descope console, or the rule.',
      ],
    });
  });

  it("names the missing claim", () => {
    const { by, advice } = row("tool", "mail");
    expect(by).toBe("claim email: expected exact x@acme.com; actual absent");
    expect(advice).toEqual([
      'Descope puts no "email" into access tokens by default.',
      'Add "email" in the Descope console as a custom claim of the MCP Server\'s tokens or in a JWT template, or remove it from the rule.',
    ]);
  });

  it("names the missing scopes, and advises to request all", () => {
    expect(row("tool", "send")).toEqual({
      result: "denied",
      rule: "send",
      by: "scopes: missing send",
      advice: [
        'Sign in again and request the scopes read send. To have clients request them at the first sign-in, list them in "scopes_supported" and at the MCP Server in Descope.',
      ],
    });
  });

  it("explains the canonical form of a name", () => {
    const { result, rule, by, advice } = row("tool", "whoami ");
    expect([result, rule]).toEqual(["denied", undefined]);
    expect(by).toContain("the name: expected a tool ");
    expect(advice[0]).toContain("Use the tool's name as the server lists it, ");
    expect(row("resource", "docs://a/../b").result).toBe("denied");
  });

  it("finds the rule of the URI that contains a URI", () => {
    expect(row("resource", "docs://private/a?x=1").rule).toBe("docs://private/*");
  });
});

describe("explainRules", () => {
  it("returns every rule in order of precedence, and the names without a rule", () => {
    const rows = explainRules(SERVER, CALLER).map(
      ({ kind, name, result, by }) => `${result} ${kind} ${name}: ${by}`,
    );
    expect(rows).toEqual([
      'denied tool pro_report: claim plan: expected exact pro; actual ["free","pro"]',
      "allowed tool whoami: an empty rule",
      "denied tool mail: claim email: expected exact x@acme.com; actual absent",
      "allowed tool read: claim tenants.T2.roles, scopes read",
      "denied tool send: scopes: missing send",
      'denied tool gold_*: claim tier: expected exact gold; actual "free"',
      "allowed tool other names: no rule",
      "allowed prompt every name: no rules",
      "denied resource docs://private/*: scopes: missing docs",
      "allowed resource *: an empty rule",
    ]);
  });
});

describe("curation", () => {
  const curated = serverWith({
    tools: { deny: ["admin_*"], allow: ["admin_*", "search", "get"], rename: { search: "find" } },
    prompts: { allow: [] },
    tool_authorization: { search: { required_scopes: ["write"] }, put: {}, "get*": {} },
  });

  it.each<["tool" | "prompt", string, string, string]>([
    ["tool", "find", "denied", "the server's search, scopes: missing write"],
    ["tool", "search", "denied", "curation, tools.rename: clients use another name"],
    ["tool", "admin_x", "denied", "curation, tools.deny has admin_*"],
    ["tool", "put", "denied", "curation, tools.allow"],
    ["tool", "get", "allowed", "an empty rule"],
    ["tool", "get ", "denied", "the name: expected a tool without space at its start and end"],
    ["prompt", "a", "denied", "curation, prompts.allow"],
  ])("is explained for the %s %s", (kind, name, result, by) => {
    expect(row(kind, name, curated)).toMatchObject({ result, by });
  });

  it("is shown before the rules, and for the rules of hidden names", () => {
    const rows = explainRules(curated, CALLER).map(
      ({ kind, name, result, by }) => `${result} ${kind} ${name}: ${by}`,
    );
    expect(rows).toEqual([
      "denied tool admin_*: curation, tools.deny",
      "denied tool all but admin_*, search, get: curation, tools.allow",
      "denied tool find: the server's search, scopes: missing write",
      "denied tool search: scopes: missing write",
      "denied tool put: curation, tools.allow",
      "allowed tool get*: an empty rule",
      "allowed tool other names: no rule",
      "denied prompt every name: curation, prompts.allow",
      "allowed prompt other names: no rules",
      "allowed resource every name: no rules",
    ]);
  });
});
