// What the list filter keeps byte by byte, and what it removes.
import { describe, expect, it } from "vitest";
import type { EffectiveServer } from "../../../functions/core/config/effective-server.ts";
import { filterListText } from "../../../functions/core/list-filter.ts";
import { configSnapshot } from "../../support/gateway-config.ts";
import { principalWith } from "../../support/principals.ts";

const RULES = { tool_authorization: { delete: { required_claims: { tier: { values: "pro" } } } } };
const server = configSnapshot({ servers: { tools: RULES } }).servers.get("tools") as EffectiveServer;
const filter = (text: string, statesCacheScope = false) =>
  filterListText(text, { server, principal: principalWith(), statesCacheScope });

describe("filterListText leaves unchanged", () => {
  it.each([
    [
      "a list that holds nothing to take out",
      '{ "id": 1,  "result": { "tools": [ { "name": "add" } ] } }',
      false,
    ],
    ["an empty list", '{ "result": { "tools": [ ] } }', false],
    ["a list that says private already", '{ "result": { "tools": [ ], "cacheScope": "private" } }', true],
    ["a response without a list", '{ "result": { "content": [ ] } }', true],
    ["a result that is not an object", '{ "result": [ { "tools": [ { "name": "delete" } ] } ] }', true],
    ["a null result", '{ "result": null }', true],
    ["no message", " 7 ", true],
  ])("%s", (_name, text, statesCacheScope) => {
    expect(filter(text, statesCacheScope)).toBe(text);
  });

  it("a text with a byte order mark inside a description", () => {
    const text = '{ "result": { "tools": [ { "name": "add", "description": "a\uFEFFdd" } ] } }';
    expect(filter(text)).toBe(text);
  });
});

it("keeps a byte order mark inside a title if another entry is removed from the list", () => {
  const tools = [{ name: "add", title: "a\uFEFFdd" }, { name: "delete" }];
  expect(filter(JSON.stringify({ result: { tools } }))).toBe(
    '{"result":{"tools":[{"name":"add","title":"a\uFEFFdd"}]}}',
  );
});

it("removes list entries that are not objects", () => {
  const text = JSON.stringify({ result: { tools: [null, "delete", ["add"], 7, { name: "add" }] } });
  expect(filter(text)).toBe('{"result":{"tools":[{"name":"add"}]}}');
});

it("changes the cacheScope of a shared list to private", () => {
  const text = JSON.stringify({ result: { tools: [], cacheScope: "public" } });
  expect(filter(text)).toBe('{"result":{"tools":[],"cacheScope":"private"}}');
});

describe("a list from which entries are removed", () => {
  const LIST = `\ufeff { "id" :9007199254740993, "result": {"tools" : [HIDDEN
  { "inputSchema":{"default":NaN,"max": 1e400,"n":1.0,"i":9223372036854775807,"inf":[-Infinity,Infinity]} ,"name":"\\u0061dd" },
  MIDDLE{"name":"b"}LAST ],"nextCursor":"\\/"} } \0\n`;
  const list = (first: string, middle: string, last: string) =>
    LIST.replace("HIDDEN", first).replace("MIDDLE", middle).replace("LAST", last);
  const HIDDEN = '{"name":"delete", "inputSchema":{"a":["}]"]}}';

  it("is otherwise unchanged byte by byte: numbers, escapes, spaces and order", () => {
    expect(filter(list("", "", ""))).toBe(list("", "", ""));
    expect(filter(list("", `${HIDDEN} , `, ""))?.replace(/\s/g, "")).toBe(
      list("", "", "").replace(/\s/g, ""),
    );
    expect(filter(list("", "", ` , ${HIDDEN}`))).toBe(list("", "", ""));
    expect(filter(list(`${HIDDEN},${HIDDEN} ,`, "", `,${HIDDEN},${HIDDEN}`))?.replace(/\s/g, "")).toBe(
      list("", "", "").replace(/\s/g, ""),
    );
  });

  it.each([
    ["the first", '[{"name":"delete"} , {"name":"a"}]', '[{"name":"a"}]'],
    ["the last", '[ {"name":"a"} ,{"name":"delete"} ]', '[ {"name":"a"} ]'],
    ["one between", '[{"name":"a"}, {"name":"delete"}, {"name":"b"}]', '[{"name":"a"}, {"name":"b"}]'],
    ["all", '[ {"name":"delete"}, {"name":"delete"} ]', "[  ]"],
    ["every second", '[{"name":"delete"},1,{"name":"a"},1,{"name":"b"},1]', '[{"name":"a"},{"name":"b"}]'],
  ])("is valid JSON after the removal of %s", (_, tools, left) => {
    expect(filter(`{"result":{"tools":${tools}}}`)).toBe(`{"result":{"tools":${left}}}`);
  });

  it.each([
    ['{"tools":[],"cacheScope":"public"}', '{"tools":[],"cacheScope":"private"}'],
    ['{"cacheScope" : 5 ,"tools":[{"name":"delete"}]}', '{"cacheScope" : "private" ,"tools":[]}'],
    ['{"tools":[{"name":"delete"}],"cacheScope":null}', '{"tools":[],"cacheScope":"private"}'],
    ['{"tools":[], "cacheScope":"privat\\u0065"}', '{"tools":[], "cacheScope":"privat\\u0065"}'],
    ['{"tools":[] }', '{"tools":[] ,"cacheScope":"private"}'],
  ])("has the cacheScope private: %s", (result, left) => {
    expect(filter(`{"result":${result}}`, true)).toBe(`{"result":${left}}`);
  });

  it("is filtered in each message of a batch", () => {
    expect(filter('[{"result":{"tools":[{"name":"delete"}]}}, {"result":{"prompts":[]}}]', true)).toBe(
      '[{"result":{"tools":[],"cacheScope":"private"}}, {"result":{"prompts":[],"cacheScope":"private"}}]',
    );
  });
});

describe("filterListText rejects text that readers may parse differently:", () => {
  const ENTRY = '{"name":"add"}';
  const message = (result: string) => `{"jsonrpc":"2.0","id":1,"result":${result}}`;

  it.each([
    ["text", "not json"],
    ["a message that ends too early", '{"result":{"tools":[{"name":"delete"'],
    ["two messages", `${message("{}")}${message("{}")}`],
    ["a message and more", `${message("{}")}x`],
    ["a result twice", '{"result":{},"result":{"tools":[]}}'],
    ["a result twice, once escaped", '{"result":{},"r\\u0065sult":{"tools":[]}}'],
    ["an id twice", '{"id":1,"id":2,"result":{}}'],
    ["a list twice", message('{"tools":[],"tools":[{"name":"delete"}]}')],
    ["a name twice", message('{"tools":[{"name":"add","name":"delete"}]}')],
    ["a Result", '{"Result":{"tools":[]}}'],
    ["a result with the long s", '{"re\u017fult":{"tools":[]}}'],
    ["a list in upper case", message('{"TOOLS":[]}')],
    ["a list in snake case", message('{"resource_templates":[]}')],
    ["a Name beside a name", message('{"tools":[{"name":"add","Name":"delete"}]}')],
    ["a Name instead of a name", message('{"tools":[{"NAME":"delete"}]}')],
    ["a cacheScope in another case", message('{"tools":[],"CacheScope":"public"}')],
    ["a list as an object", message(`{"tools":{"0":${ENTRY}}}`)],
    ["a batch in a batch", `[[${message("{}")}]]`],
    ["a comment", `${message("{}")}//`],
    ["a lower-case nan", message('{"x":nan}')],
    ["too deep nesting of what is not quite JSON", message(`{"x":${"[".repeat(600)}NaN${"]".repeat(600)}}`)],
  ])("%s", (_, text) => expect(filter(text)).toBeUndefined());
});

describe("text that its readers accept as JSON", () => {
  it.each([
    [
      "a key that is repeated inside an entry",
      '{"result":{"tools":[{"name":"add","a":{"x":1,"x":2},"b":1,"b":2}]}}',
    ],
    ["the same beside NaN", '{"result":{"tools":[{"name":"add","a":{"x":1,"x":NaN}}]}}'],
    ["NaN in another message", '{"result":{"structuredContent":{"x":NaN}}}'],
    ["an empty object for a list", '{"result":{"tools":{ }}}'],
  ])("is left unchanged: %s", (_, text) => expect(filter(text)).toBe(text));
});
