// What members contribute to merged results, as all clients accept it: a property of another type is omitted.
import { describe, expect, it } from "vitest";
import { type ListMethod, listPage } from "../../../../functions/core/combined/merge-lists.ts";
import { validCapabilities } from "../../../../functions/core/combined/valid-parts.ts";

const KEYS: Record<ListMethod, string> = {
  "tools/list": "tools",
  "prompts/list": "prompts",
  "resources/list": "resources",
  "resources/templates/list": "resourceTemplates",
  "tasks/list": "tasks",
};
const VALID: Record<ListMethod, Record<string, unknown>> = {
  "tools/list": { name: "a", inputSchema: { type: "object" } },
  "prompts/list": { name: "a" },
  "resources/list": { uri: "docs://a", name: "a" },
  "resources/templates/list": { uriTemplate: "docs://{a}", name: "a" },
  "tasks/list": { taskId: "a", status: "working" },
};
const entriesOf = (method: ListMethod, ...entries: unknown[]) => {
  const result = { [KEYS[method]]: entries };
  const page = listPage(JSON.stringify({ jsonrpc: "2.0", id: 1, result }), method);
  const entriesRead = page?.entries.map((entry) => JSON.parse(entry));
  return { entries: entriesRead, invalid: page?.invalid?.count };
};
const DESCRIBED = { title: 1, description: null, icons: [{ src: 1 }], _meta: [] };
const RESOURCE = {
  ...DESCRIBED,
  mimeType: 1,
  annotations: { audience: ["all"] },
};

const OPTIONAL: [ListMethod, Record<string, unknown>][] = [
  [
    "tools/list",
    {
      ...DESCRIBED,
      outputSchema: "object",
      annotations: { readOnlyHint: "yes" },
      execution: { taskSupport: "never" },
    },
  ],
  ["prompts/list", { ...DESCRIBED, arguments: [{ name: 1 }] }],
  ["resources/list", { ...RESOURCE, size: "1" }],
  ["resources/templates/list", RESOURCE],
  ["tasks/list", { ttl: "1", createdAt: 1, lastUpdatedAt: 1, pollInterval: "1", statusMessage: 1 }],
];

describe("an entry", () => {
  it.each(OPTIONAL)("of %s has no property of another type", (method, properties) => {
    const valid = VALID[method];
    for (const [key, value] of Object.entries(properties)) {
      expect(entriesOf(method, { ...valid, [key]: value, other: 1 }, valid)).toEqual({
        entries: [{ ...valid, other: 1 }, valid],
        invalid: 1,
      });
    }
  });

  it("is omitted if it has a property of another type and is too deep to be read", () => {
    const deep = JSON.parse("[".repeat(600) + "]".repeat(600));
    const valid = VALID["tools/list"];
    expect(entriesOf("tools/list", { ...valid, title: 1, deep }, valid)).toEqual({
      entries: [valid],
      invalid: 1,
    });
  });

  it.each(Object.entries(VALID) as [ListMethod, object][])(
    "of %s is omitted without a property that it needs",
    (method, valid) => {
      for (const key of Object.keys(valid)) {
        for (const value of [undefined, null, 1, []]) {
          expect(entriesOf(method, { ...valid, [key]: value }, valid)).toEqual({
            entries: [valid],
            invalid: 1,
          });
        }
      }
    },
  );

  it.each([
    ["the type of its input", { properties: {}, a: 1 }, { type: "object", properties: {}, a: 1 }],
    ["anything about its input", {}, { type: "object" }],
  ])("of a tool that does not say %s says it", (_name, inputSchema, typed) => {
    expect(entriesOf("tools/list", { name: "a", inputSchema })).toEqual({
      entries: [{ name: "a", inputSchema: typed }],
      invalid: 1,
    });
  });

  it("of a tool may describe an output that is not an object only in revisions without sessions", () => {
    const entry = { ...VALID["tools/list"], outputSchema: { type: "array" } };
    const text = JSON.stringify({ jsonrpc: "2.0", id: 1, result: { tools: [entry] } });
    expect(listPage(text, "tools/list", "2026-07-28")?.entries).toEqual([JSON.stringify(entry)]);
    for (const revision of ["2025-11-25", undefined])
      expect(listPage(text, "tools/list", revision)?.entries).toEqual([JSON.stringify(VALID["tools/list"])]);
  });

  it("keeps the digits of its numbers", () => {
    const text =
      '{"jsonrpc":"2.0","id":1,"result":{"prompts":[{"name":"a","title":1,"x":1.0,"y":9007199254740993}]}}';
    expect(listPage(text, "prompts/list")?.entries).toEqual(['{"name":"a","x":1.0,"y":9007199254740993}']);
  });
});

describe("what is wrong with the first invalid entry is told, for the log:", () => {
  it.each<[ListMethod, unknown, string]>([
    ["tools/list", { name: "a", inputSchema: "x", title: 1 }, "a (title, inputSchema)"],
    ["tools/list", { name: "a", inputSchema: {} }, "a (inputSchema)"],
    ["resources/list", { name: "a", uri: "docs://a", size: "1" }, "docs://a (size)"],
    ["resources/templates/list", { name: "a", uriTemplate: "docs://{a}", title: 1 }, "docs://{a} (title)"],
    ["tasks/list", { taskId: "t", status: "gone" }, "t (status)"],
    ["prompts/list", { name: 1 }, "without a name (name)"],
    ["prompts/list", { name: "x".repeat(500), title: 1 }, `${"x".repeat(100)}… (title)`],
    ["prompts/list", null, "not an object"],
  ])("%s %j", (method, entry, first) => {
    const result = { [KEYS[method]]: [VALID[method], entry, 7] };
    const page = listPage(JSON.stringify({ jsonrpc: "2.0", id: 1, result }), method);
    expect(page?.invalid).toEqual({ count: 2, first });
  });
});

describe("capabilities", () => {
  it.each([
    { tools: "x" },
    { tools: [] },
    { tools: { listChanged: "yes" } },
    { resources: { subscribe: 1 } },
    { logging: true },
    { completions: null },
    { experimental: { a: 5 } },
    { extensions: [] },
    { tasks: { requests: { tools: { call: 1 } } } },
  ])("have no property of another type: %j", (invalid) => {
    expect(validCapabilities({ prompts: { listChanged: true }, ...invalid })).toEqual({
      prompts: { listChanged: true },
    });
  });

  it.each([undefined, null, "x", []])("are none if they are %j", (capabilities) => {
    expect(validCapabilities(capabilities)).toEqual({});
  });
});
