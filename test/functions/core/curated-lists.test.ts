import { describe, expect, it } from "vitest";
import type { EffectiveServer } from "../../../functions/core/config/effective-server.ts";
import { definitionHash } from "../../../functions/core/definition-hash.ts";
import { filterListText } from "../../../functions/core/list-filter.ts";
import { configSnapshot } from "../../support/gateway-config.ts";
import { principalWith } from "../../support/principals.ts";

type Options = { onPinned?: (isPinned: ReadonlyMap<string, boolean>) => void; changedTools?: string[] };

function filterText(file: Record<string, unknown>, text: string, { onPinned, changedTools }: Options = {}) {
  const found = configSnapshot({ servers: { tools: file } }).servers.get("tools") as EffectiveServer;
  const server = changedTools === undefined ? found : { ...found, changedTools: new Set(changedTools) };
  return filterListText(text, { server, principal: principalWith(), statesCacheScope: false, onPinned });
}

function listed(file: Record<string, unknown>, result: unknown, options?: Options) {
  const text = filterText(file, JSON.stringify({ jsonrpc: "2.0", id: 1, result }), options);
  return text === undefined ? undefined : JSON.parse(text).result;
}

const ENTRY = '{"name":"search","description":"old","inputSchema":{"max":9007199254740993}}';

describe("curation of lists", () => {
  it("lists only allowed names that are not denied", () => {
    const tools = { allow: ["get_*", "put"], deny: ["get_secret*"] };
    const names = ["get_a", "get_secret_b", "put", "post"].map((name) => ({ name }));
    expect(listed({ tools }, { tools: names })).toEqual({ tools: [{ name: "get_a" }, { name: "put" }] });
  });

  it("hides every entry of a kind with an empty allow list, and none of another kind", () => {
    const result = { prompts: [{ name: "a" }], tools: [{ name: "a" }] };
    expect(listed({ tools: { allow: [] } }, result)).toEqual({ prompts: [{ name: "a" }], tools: [] });
  });

  it("hides entries without a name", () => {
    expect(listed({ tools: { deny: [] } }, { tools: [{ title: "x" }, "a", { name: "a" }] })).toEqual({
      tools: [{ name: "a" }],
    });
  });

  it("hides denied prompts, resources and templates", () => {
    const file = { prompts: { deny: ["b"] }, resources: { deny: ["file:///private/*"] } };
    const result = {
      prompts: [{ name: "a" }, { name: "b" }],
      resources: [{ uri: "file:///a" }, { uri: "file:///private/a" }],
      resourceTemplates: [{ uriTemplate: "file:///{a}" }, { uriTemplate: "file:///private/{a}" }],
    };
    expect(listed(file, result)).toEqual({
      prompts: [{ name: "a" }],
      resources: [{ uri: "file:///a" }],
      resourceTemplates: [{ uriTemplate: "file:///{a}" }],
    });
  });

  it("hides what is denied although rules are only logged, and lists what only rules deny", () => {
    const file = {
      tools: { deny: ["b"] },
      tool_authorization: { a: { required_claims: { tier: { values: "pro" } } } },
      tool_authorization_mode: "log_only",
    };
    expect(listed(file, { tools: [{ name: "a" }, { name: "b" }] })).toEqual({ tools: [{ name: "a" }] });
  });

  it("shows the client's name and descriptions, and keeps every other byte", () => {
    const tools = {
      rename: { search: "find" },
      describe: { search: { title: "Find", description: "New.", annotations: { readOnlyHint: true } } },
    };
    const text = `{"jsonrpc":"2.0","id":1,"result":{"tools":[${ENTRY}, {"name":"other", "n":1.0}]}}`;
    expect(filterText({ tools }, text)).toBe(
      '{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"find","description":"New.","inputSchema":{"max":9007199254740993},"title":"Find","annotations":{"readOnlyHint":true}}, {"name":"other", "n":1.0}]}}',
    );
  });

  it("changes entries between hidden ones, and the cache scope in front of them", () => {
    const tools = { deny: ["a", "c"], rename: { b: "x", d: "y" } };
    const text =
      '{"result":{"cacheScope":"public","tools":[{"name":"a"},{"name":"b"},{"name":"c"},{"name":"d"}]}}';
    expect(filterText({ tools }, text)).toBe(
      '{"result":{"cacheScope":"private","tools":[{"name":"x"},{"name":"y"}]}}',
    );
  });

  it("hides the tool whose name a renamed one has for clients", () => {
    const tools = { rename: { search: "find" } };
    expect(listed({ tools }, { tools: [{ name: "find" }, { name: "search" }] })).toEqual({
      tools: [{ name: "find" }],
    });
  });

  it("describes a resource by its URI, however its punctuation is escaped", () => {
    const resources = { describe: { "docs://a/b(c)": { description: "New." } } };
    expect(listed({ resources }, { resources: [{ uri: "docs://a/b%28c%29" }] })).toEqual({
      resources: [{ uri: "docs://a/b%28c%29", description: "New." }],
    });
  });

  it.each([
    ["repeats a member that is replaced", '{"name":"a","title":"x","title":"y"}'],
    ["has another spelling of a member that is replaced", '{"name":"a","Title":"x"}'],
  ])("does not relay a list with an entry that %s", (_, entry) => {
    const tools = { describe: { a: { title: "New" } } };
    expect(filterText({ tools }, `{"result":{"tools":[${entry}]}}`)).toBeUndefined();
    expect(filterText({ tools: {} }, `{"result":{"tools":[${entry}]}}`)).toBeDefined();
  });
});

describe("pins", () => {
  const pin = definitionHash(ENTRY) as string;
  const text = (entry: string) => `{"result":{"tools":[${entry}]}}`;
  const changed = ENTRY.replace("old", "new");

  function pinned(entry: string, tools: Record<string, unknown>, changedTools?: string[]) {
    const reports: unknown[] = [];
    const onPinned = (isPinned: ReadonlyMap<string, boolean>) => reports.push([...isPinned]);
    const options = { onPinned, ...(changedTools && { changedTools }) };
    const file = { tools: { pin: { search: pin }, ...tools } };
    return { relayed: filterText(file, text(entry), options), reports };
  }

  it("lists a tool with the pinned definition, whatever was known before", () => {
    const expected = { relayed: text(ENTRY), reports: [[["search", true]]] };
    expect(pinned(ENTRY, {})).toEqual(expected);
    expect(pinned(ENTRY, {}, ["search"])).toEqual(expected);
  });

  it("hides and reports a changed definition", () => {
    expect(pinned(changed, {})).toEqual({ relayed: text(""), reports: [[["search", false]]] });
  });

  it("lists each of several pinned definitions, and hides another one", () => {
    const pin = { search: [definitionHash(changed) as string, definitionHash(ENTRY) as string] };
    const shown = (entry: string) => pinned(entry, { pin });
    expect(shown(ENTRY)).toEqual({ relayed: text(ENTRY), reports: [[["search", true]]] });
    expect(shown(changed)).toEqual({ relayed: text(changed), reports: [[["search", true]]] });
    const other = ENTRY.replace("old", "other");
    expect(shown(other)).toEqual({ relayed: text(""), reports: [[["search", false]]] });
  });

  it("hides a definition that cannot be hashed, with one pin or several", () => {
    const unreadable = ENTRY.replace("}", ',"a":1,"a":2}');
    expect(pinned(unreadable, {}).reports).toEqual([[["search", false]]]);
    expect(pinned(unreadable, { pin: { search: [pin, `sha256-${"A".repeat(43)}`] } }).reports).toEqual([
      [["search", false]],
    ]);
  });

  it("lists and reports a changed definition with on_change warn", () => {
    expect(pinned(changed, { on_change: "warn" })).toEqual({
      relayed: text(changed),
      reports: [[["search", false]]],
    });
  });

  it("compares the server's definition, before its name and description are replaced", () => {
    const tools = { rename: { search: "find" }, describe: { search: { description: "x" } } };
    expect(pinned(ENTRY, tools).reports).toEqual([[["search", true]]]);
  });

  it("reports a tool as changed if one of two entries differs", () => {
    expect(pinned(`${changed},${ENTRY}`, {})).toEqual({
      relayed: text(ENTRY),
      reports: [[["search", false]]],
    });
  });

  it("reports nothing for a list without pinned tools", () => {
    expect(pinned('{"name":"other"}', {})).toEqual({ relayed: text('{"name":"other"}'), reports: [] });
  });

  it("filters lists with pinned tools without a listener", () => {
    expect(filterText({ tools: { pin: { search: pin } } }, text(changed))).toBe(text(""));
  });
});
