import { describe, expect, it } from "vitest";
import type { EffectiveServer } from "../../../functions/core/config/effective-server.ts";
import { filterListText } from "../../../functions/core/list-filter.ts";
import { configSnapshot } from "../../support/gateway-config.ts";
import { principalWith } from "../../support/principals.ts";

const PRO = { required_claims: { tier: { values: "pro" } } };
const RULES = {
  tool_authorization: { delete: PRO, send: { required_scopes: ["mail:send"] } },
  prompt_authorization: { secret: PRO },
  resource_authorization: { "file:///private/*": PRO },
};
const server = configSnapshot({ servers: { tools: RULES } }).servers.get("tools") as EffectiveServer;

function filtered(message: unknown, statesCacheScope = false): unknown {
  const text = typeof message === "string" ? message : JSON.stringify(message);
  return JSON.parse(filterListText(text, { server, principal: principalWith(), statesCacheScope }) ?? "null");
}

function response(result: unknown) {
  return { jsonrpc: "2.0", id: 1, result };
}

describe("filterListText", () => {
  it("removes tools that the caller can never use, and keeps tools that need a scope", () => {
    const tools = [{ name: "add", title: "Add" }, { name: "delete" }, { name: "send" }];
    expect(filtered(response({ tools, nextCursor: "c" }))).toEqual(
      response({ tools: [{ name: "add", title: "Add" }, { name: "send" }], nextCursor: "c" }),
    );
  });

  it("removes prompts, resources and templates", () => {
    const lists = {
      prompts: [{ name: "greet" }, { name: "secret" }],
      resources: [{ uri: "file:///public/a" }, { uri: "file:///priv%61te/a" }],
      resourceTemplates: [{ uriTemplate: "file:///public/{x}" }, { uriTemplate: "file:///private/{x}" }],
    };
    expect(filtered(response(lists))).toEqual(
      response({
        prompts: [{ name: "greet" }],
        resources: [{ uri: "file:///public/a" }],
        resourceTemplates: [{ uriTemplate: "file:///public/{x}" }],
      }),
    );
  });

  it.each([
    ["an entry without a name", {}],
    ["an entry whose name is not a string", { name: 5 }],
    ["a string instead of an object", "add"],
    ["null instead of an object", null],
    ["an array instead of an object", [{ name: "add" }]],
  ])("removes %s", (_, entry) => {
    expect(filtered(response({ tools: [entry, { name: "add" }] }))).toEqual(
      response({ tools: [{ name: "add" }] }),
    );
  });

  it("filters every response of a batch and leaves the other messages unchanged", () => {
    const note = { jsonrpc: "2.0", method: "notifications/x" };
    expect(filtered([note, response({ tools: [{ name: "delete" }] })])).toEqual([
      note,
      response({ tools: [] }),
    ]);
  });

  it("filters a list after white space, which readers skip", () => {
    expect(filtered(` \n${JSON.stringify(response({ tools: [{ name: "delete" }] }))}`)).toEqual(
      response({ tools: [] }),
    );
  });

  it.each([
    ["a public scope", { cacheScope: "public" }, false, "private"],
    ["a private scope", { cacheScope: "private" }, false, "private"],
    ["no scope, in a revision that has none", {}, false, undefined],
    ["no scope, in a revision that must have one", {}, true, "private"],
  ])("sets cacheScope to private in a list with %s", (_, members, states, scope) => {
    expect(filtered(response({ tools: [], ...members }), states)).toEqual(
      response({ tools: [], ...(scope && { cacheScope: scope }) }),
    );
  });

  it.each([
    ["a result without a list", '{"jsonrpc":"2.0","id":1, "result":{"content":[]}}'],
    ["a tools member that is not an array", '{"jsonrpc":"2.0","id":1, "result":{"tools":{}}}'],
    ["an error", '{"jsonrpc":"2.0","id":1, "error":{"code":1,"message":"tools"}}'],
    [
      "a request of the server",
      '{"jsonrpc":"2.0","id":1, "method":"x","params":{"tools":[{"name":"delete"}]}}',
    ],
    [
      "a tool's own response",
      '{"jsonrpc":"2.0","id":1, "result":{"structuredContent":{"tools":["delete"]}}}',
    ],
    ["a result that is a list", '{"jsonrpc":"2.0","id":1, "result":[{"tools":[]}]}'],
    ["null", "null"],
    ["nothing", ""],
    ["space", " \r\n"],
    ["a batch of values that are not messages", "[1, null]"],
    ["an empty batch", "[ ]"],
  ])("leaves %s unchanged, byte by byte", (_, text) => {
    expect(filterListText(text, { server, principal: principalWith(), statesCacheScope: true })).toBe(text);
  });
});
