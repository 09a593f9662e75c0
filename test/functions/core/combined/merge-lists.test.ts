import { describe, expect, it } from "vitest";
import {
  isListMethod,
  type ListMethod,
  listPage,
  mergedList,
} from "../../../../functions/core/combined/merge-lists.ts";
import { readJson } from "../../../../functions/core/json.ts";

const response = (result: string) => `{"jsonrpc":"2.0","id":1,"result":${result}}`;

describe("listPage", () => {
  it.each<[ListMethod, string, string]>([
    ["tools/list", "tools", '"inputSchema":{"type":"object"}'],
    ["prompts/list", "prompts", '"arguments":[]'],
    ["resources/list", "resources", '"uri":"docs://a"'],
    ["resources/templates/list", "resourceTemplates", '"uriTemplate":"docs://{a}"'],
    ["tasks/list", "tasks", '"taskId":"t","status":"working"'],
  ])("reads the entries of %s as they were sent", (method, key, own) => {
    const entries = [`{"name" : "a","max":1.0,${own}}`, `{"name":"\\u0062","id":9007199254740993, ${own}}`];
    const text = response(`{ "${key}" : [ ${entries[0]} ,\n${entries[1]}] }`);
    expect(listPage(text, method)).toEqual({ entries });
  });

  it("reads the cursor, the cache time and scope, and the metadata", () => {
    const text = response(
      '{"tools":[],"nextCursor":"p\\n2","ttlMs":5000,"cacheScope":"public","_meta":{"n":1.0,"a":"b"}}',
    );
    expect(listPage(text, "tools/list")).toEqual({
      entries: [],
      nextCursor: "p\n2",
      ttlMs: 5000,
      cacheScope: "public",
      meta: { n: JSON.rawJSON("1.0"), a: "b" },
    });
  });

  it.each([
    ["no cursor where it is null", '{"tools":[],"nextCursor":null}', { entries: [] }],
    [
      "an empty cursor, which has a next page",
      '{"tools":[],"nextCursor":""}',
      { entries: [], nextCursor: "" },
    ],
    ["no cache time where it is negative", '{"tools":[],"ttlMs":-1}', { entries: [] }],
    ["no cache time where it is not whole", '{"tools":[],"ttlMs":1.5}', { entries: [] }],
    ["no cache time where it is a text", '{"tools":[],"ttlMs":"9"}', { entries: [] }],
    ["no cache scope where it is not a text", '{"tools":[],"cacheScope":1}', { entries: [] }],
    ["no metadata where it is not an object", '{"tools":[],"_meta":[]}', { entries: [] }],
    ["an empty list that was written as an object", '{"tools":{ }}', { entries: [] }],
  ])("reads %s", (_name, result, page) => {
    expect(listPage(response(result), "tools/list")).toEqual(page);
  });

  it.each([
    ["the last of two lists", '{"prompts":[{"name":"a"}],"prompts":[{"name":"b"}]}', '{"name":"b"}'],
    [
      "null for numbers that JSON does not have",
      '{"prompts":[{"name":"a","x":NaN,"y":1.0}]}',
      '{"name":"a","x":null,"y":1.0}',
    ],
  ])("reads %s", (_name, result, entry) => {
    expect(listPage(response(result), "prompts/list")).toEqual({ entries: [entry] });
  });

  it("reads only entries that are objects", () => {
    expect(listPage(response('{"prompts":[null,{"name":"a"},"b",[{}],7]}'), "prompts/list")).toEqual({
      entries: ['{"name":"a"}'],
      invalid: { count: 4, first: "not an object" },
    });
  });

  it("reads a text with white space, NULs and a byte order mark around it", () => {
    expect(listPage(`\uFEFF \n${response('{"tools":[]}')}\0\r\n`, "tools/list")).toEqual({ entries: [] });
  });

  it.each([
    ["an error", '{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no"}}'],
    ["a result without the list", response("{}")],
    ["another list", response('{"prompts":[]}')],
    ["a list that is a text", response('{"tools":"a"}')],
    ["a list that is an object with members", response('{"tools":{"0":{"name":"a"}}}')],
    ["a result that is a list", response("[]")],
    ["a batch", `[${response('{"tools":[]}')}]`],
    ["a cursor that is a number", response('{"tools":[],"nextCursor":7}')],
    ["text that is not JSON", response('{"tools":[}')],
    ["nothing", ""],
  ])("reads no page from %s", (_name, text) => {
    expect(listPage(text, "tools/list")).toBeUndefined();
  });
});

describe("isListMethod", () => {
  it.each([
    ["tools/list", true],
    ["tools/call", false],
    ["toString", false],
    [undefined, false],
  ])("says of %s: %s", (method, expected) => {
    expect(isListMethod(method)).toBe(expected);
  });
});

describe("mergedList", () => {
  const notes = { member: "notes", entries: ['{ "name":"notes__a" }', '{"name":"notes__b","n":1.0}'] };
  const reports = { member: "reports", entries: ['{"name":"reports__a"}'] };
  const parts = { method: "tools/list", id: 7, unavailable: [], protocolVersion: "2025-11-25" } as const;

  it("writes the entries as they were sent, in the members' order", () => {
    expect(mergedList({ ...parts, pages: [notes, reports, notes] })).toBe(
      '{"jsonrpc":"2.0","id":7,"result":{"tools":[{ "name":"notes__a" },{"name":"notes__b","n":1.0},' +
        '{"name":"reports__a"},{ "name":"notes__a" },{"name":"notes__b","n":1.0}]}}',
    );
  });

  it.each<[string, ListMethod, string]>([
    ["prompts", "prompts/list", "prompts"],
    ["resources", "resources/list", "resources"],
    ["templates", "resources/templates/list", "resourceTemplates"],
    ["tasks", "tasks/list", "tasks"],
  ])("names the list of %s", (_name, method, key) => {
    expect(mergedList({ ...parts, method, pages: [] })).toBe(
      `{"jsonrpc":"2.0","id":7,"result":{"${key}":[]}}`,
    );
  });

  it.each([
    ["a text", 'a"b', '"a\\"b"'],
    ["a number with many digits", JSON.rawJSON("9007199254740993"), "9007199254740993"],
    ["null", null, "null"],
  ])("writes the request's id if it is %s", (_name, id, written) => {
    expect(mergedList({ ...parts, id, pages: [] })).toBe(
      `{"jsonrpc":"2.0","id":${written},"result":{"tools":[]}}`,
    );
  });

  it("has the cursor and names the members that are missing", () => {
    const text = mergedList({
      ...parts,
      pages: [notes],
      nextCursor: "sealed",
      unavailable: ["reports", "mail"],
    });
    expect(JSON.parse(text).result).toEqual({
      tools: [{ name: "notes__a" }, { name: "notes__b", n: 1 }],
      nextCursor: "sealed",
      _meta: { "descope-mcp-gateway/unavailable": ["reports", "mail"] },
    });
  });

  it("has no names of missing members from a member", () => {
    const meta = { "descope-mcp-gateway/unavailable": ["reports"], n: 1 };
    const text = mergedList({ ...parts, pages: [{ ...notes, meta }] });
    expect(JSON.parse(text).result["_meta"]).toEqual({ n: 1 });
  });

  it("keeps the metadata of a list of one member, with the digits of its numbers", () => {
    const { value } = readJson('{"n":1.0}') as { value: Record<string, unknown> };
    const text = mergedList({
      ...parts,
      pages: [{ ...notes, entries: [], meta: value }],
      unavailable: ["mail"],
    });
    expect(text).toContain('"_meta":{"n":1.0,"descope-mcp-gateway/unavailable":["mail"]}');
    expect(mergedList({ ...parts, pages: [{ ...notes, meta: value }, reports] })).not.toContain("_meta");
  });

  describe("of 2026-07-28", () => {
    const stateless = { ...parts, protocolVersion: "2026-07-28" };
    const result = (parts: Parameters<typeof mergedList>[0]) => JSON.parse(mergedList(parts)).result;

    it("is complete and private, and may be cached as long as each member's part", () => {
      const pages = [
        { ...notes, entries: [], ttlMs: 60_000, cacheScope: "public" },
        { ...reports, entries: [], ttlMs: 5_000, cacheScope: "private" },
      ];
      expect(result({ ...stateless, pages })).toEqual({
        resultType: "complete",
        tools: [],
        ttlMs: 5_000,
        cacheScope: "private",
      });
    });

    it.each([
      ["a member does not say for how long", [{ ...notes, ttlMs: 9 }, reports], []],
      ["a member is missing", [{ ...notes, ttlMs: 9 }], ["reports"]],
      ["there are no pages", [], []],
    ])("may not be cached if %s", (_name, pages, unavailable) => {
      expect(result({ ...stateless, pages, unavailable })).toMatchObject({ ttlMs: 0, cacheScope: "private" });
    });
  });

  it("has no ttlMs and no cacheScope if the revision is not known", () => {
    expect(mergedList({ ...parts, protocolVersion: undefined, pages: [] })).not.toContain("ttlMs");
  });
});
