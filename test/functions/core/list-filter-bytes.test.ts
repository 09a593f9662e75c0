// What the filter for lists leaves as it is, byte for byte, and what it takes for no entry at all.
import { describe, expect, it } from "vitest";
import type { EffectiveServer } from "../../../functions/core/config/effective-server.ts";
import { filterListText } from "../../../functions/core/list-filter.ts";
import { configSnapshot } from "../../support/gateway-config.ts";
import { principalWith } from "../../support/principals.ts";

const RULES = { tool_authorization: { delete: { required_claims: { tier: { values: "pro" } } } } };
const server = configSnapshot({ servers: { tools: RULES } }).servers.get("tools") as EffectiveServer;
const filter = (text: string, statesCacheScope = false) =>
  filterListText(text, { server, principal: principalWith(), statesCacheScope });

describe("text that stays as it is", () => {
  it.each([
    [
      "a list that holds nothing to take out",
      '{ "id": 1,  "result": { "tools": [ { "name": "add" } ] } }',
      false,
    ],
    ["an empty list", '{ "result": { "tools": [ ] } }', false],
    ["a list that says private already", '{ "result": { "tools": [ ], "cacheScope": "private" } }', true],
    ["an answer without a list", '{ "result": { "content": [ ] } }', true],
    ["a result that is no object", '{ "result": [ { "tools": [ { "name": "delete" } ] } ] }', true],
    ["a null result", '{ "result": null }', true],
    ["no JSON", "{ nothing", true],
    ["no message", " 7 ", true],
  ])("%s", (_name, text, statesCacheScope) => {
    expect(filter(text, statesCacheScope)).toBe(text);
  });

  it("a text with a byte order mark inside a description", () => {
    const text = '{ "result": { "tools": [ { "name": "add", "description": "a\uFEFFdd" } ] } }';
    expect(filter(text)).toBe(text);
  });
});

it("keeps a byte order mark inside a title where something else is taken out", () => {
  const tools = [{ name: "add", title: "a\uFEFFdd" }, { name: "delete" }];
  expect(filter(JSON.stringify({ result: { tools } }))).toBe(
    '{"result":{"tools":[{"name":"add","title":"a\uFEFFdd"}]}}',
  );
});

it("takes out entries that are no objects", () => {
  const text = JSON.stringify({ result: { tools: [null, "delete", ["add"], 7, { name: "add" }] } });
  expect(filter(text)).toBe('{"result":{"tools":[{"name":"add"}]}}');
});

it("makes a shared list private", () => {
  const text = JSON.stringify({ result: { tools: [], cacheScope: "public" } });
  expect(filter(text)).toBe('{"result":{"tools":[],"cacheScope":"private"}}');
});
