// The filter's work grows with the text and not faster.
import { it } from "vitest";
import type { EffectiveServer } from "../../../functions/core/config/effective-server.ts";
import { filterListText } from "../../../functions/core/list-filter.ts";
import { configSnapshot } from "../../support/gateway-config.ts";
import { expectLinearWork } from "../../support/linear-work.ts";
import { principalWith } from "../../support/principals.ts";

const RULES = { tool_authorization: { delete: { required_claims: { tier: { values: "pro" } } } } };
const server = configSnapshot({ servers: { tools: RULES } }).servers.get("tools") as EffectiveServer;
const view = { server, principal: principalWith(), statesCacheScope: true };
const CURATED = {
  tools: {
    deny: ["delete"],
    rename: { add: "plus" },
    describe: { add: { title: "Add" } },
    pin: { search: `sha256-${"A".repeat(43)}` },
  },
};
const curated = configSnapshot({ servers: { tools: CURATED } }).servers.get("tools") as EffectiveServer;

const SIZE = 50_000;
const list = (entries: string) => `{"result":{"tools":[${entries}]}}`;

it.each<[string, (size: number) => string]>([
  ["entries that go", (size) => list(Array(size).fill('{"name":"delete"},{"name":"add"}').join(","))],
  ["a long name", (size) => list(`{"name":"${"a".repeat(16 * size)}"}`)],
  ["backslashes", (size) => list(`{"name":"${"\\\\".repeat(8 * size)}"}`)],
  ["escaped quotes", (size) => list(`{"name":"${'\\"'.repeat(8 * size)}"}`)],
  [
    "keys of one entry",
    (size) => list(`{${Array.from({ length: size }, (_, at) => `"k${at}":1`).join(",")}}`),
  ],
  ["keys of the message", (size) => `{${Array.from({ length: size }, (_, at) => `"k${at}":1`).join(",")}}`],
  ["space at the end, and something behind it", (size) => `${list("")}${" ".repeat(16 * size)}x`],
  ["numbers that are no JSON", (size) => list(`{"name":"add","n":[${Array(size).fill("NaN").join(",")}]}`)],
  ["messages of a batch", (size) => `[${Array(size).fill('{"result":{"tools":[]}}').join(",")}]`],
])("filters a list in linear time for %s", (_, textOf) => {
  const text = textOf(SIZE);
  expectLinearWork(() => filterListText(text, view));
});

it.each<[string, (size: number) => string]>([
  [
    "renamed and denied entries",
    (size) => list(Array(size).fill('{"name":"delete"},{"name":"add"}').join(",")),
  ],
  ["pinned entries", (size) => list(Array(size).fill('{"name":"search"}').join(","))],
  ["a long pinned entry", (size) => list(`{"name":"search","a":[${Array(size).fill("1.0").join(",")}]}`)],
])("filters a curated list in linear time for %s", (_, textOf) => {
  const text = textOf(SIZE);
  expectLinearWork(() => filterListText(text, { ...view, server: curated }));
});
