// JSON of servers whose values would take too much memory is not read. In 16 MiB of text, they would take more than 1 GB.
import { describe, expect, it } from "vitest";
import { streamTranslator } from "../../../functions/core/combined/client-message.ts";
import { listPage } from "../../../functions/core/combined/merge-lists.ts";
import type { EffectiveServer } from "../../../functions/core/config/effective-server.ts";
import { readJson } from "../../../functions/core/json.ts";
import { isLenientJson } from "../../../functions/core/lenient-json.ts";
import { filterListText } from "../../../functions/core/list-filter.ts";
import { parseMcpBody } from "../../../functions/core/mcp-message.ts";
import { sealTaskIds } from "../../../functions/core/task-ids.ts";
import { configSnapshot } from "../../support/gateway-config.ts";
import { principalWith } from "../../support/principals.ts";

const RULES = { tool_authorization: { delete: { required_claims: { tier: { values: "pro" } } } } };
const server = configSnapshot({ servers: { tools: RULES } }).servers.get("tools") as EffectiveServer;
const view = { server, principal: principalWith(), statesCacheScope: false };
const filter = (text: string) => filterListText(text, view);
const list = (entry: string, count: number) =>
  `{"jsonrpc":"2.0","id":1,"result":{"tools":[${Array(count).fill(entry).join(",")}]}}`;

describe("a text with more than 1,000,000 objects and arrays", () => {
  it.each(["{}", "[]", '{"a":1}', '{"a":[]}'])("is not read: %s", (entry) => {
    const text = list(entry, 1_000_001);
    expect([readJson(text), isLenientJson(text)]).toEqual([{ ok: false, fault: "too_many_objects" }, false]);
  });

  it("is not accepted from a client", () => {
    expect(parseMcpBody(list("{}", 1_000_001), 64)).toMatchObject({
      ok: false,
      errorResponse: {
        status: 400,
        message: "The body has more than 1,000,000 objects and arrays. Send fewer.",
      },
    });
  });

  it("is not relayed as a list, nor with a combined endpoint's names, and its task ids stay as they are", () => {
    const text = list('{"name":"a","taskId":"b"}', 1_000_001);
    const names = { members: ["notes", "other"], separator: "__" };
    const translate = streamTranslator("notes", names, "g", () => undefined);
    expect([filter(text), translate(text)]).toEqual([undefined, undefined]);
    expect(sealTaskIds(text, () => "sealed")).toBe(text);
  });
});

describe("a text with fewer", () => {
  it.each([
    ["brackets in strings", `{"a":"${"[{".repeat(1_100_000)}"}`],
    ["escaped quotes", `{"a":"${'\\"{'.repeat(1_100_000)}"}`],
    ["many numbers", `{"a":[${"1,".repeat(1_500_000)}1]}`],
    ["900,000 objects", list("{}", 900_000)],
  ])("is read: %s", (_name, text) => {
    expect([readJson(text).ok, isLenientJson(text)]).toEqual([true, true]);
  });
});

it("a text with NaN and many numbers is JSON", () => {
  expect(isLenientJson(`{"a":[NaN,${"1.0,".repeat(1_000_000)}1]}`)).toBe(true);
});

it("a large text with a string that does not end is not JSON", () => {
  const text = `["${"{".repeat(2_100_000)}`;
  expect([readJson(text), isLenientJson(text)]).toEqual([{ ok: false, fault: "syntax" }, false]);
});

describe("a list of more than 100,000 entries", () => {
  it.each(["1", '{"name":"a"}'])("is not relayed: %s", (entry) => {
    expect(filter(list(entry, 100_001))).toBeUndefined();
    expect(filter(list(entry, 100_000))).toBeDefined();
  });

  it("has no part in a merged list", () => {
    expect(listPage(list('{"name":"a"}', 100_001), "prompts/list")).toBeUndefined();
    const text = list('{"name":"a"}', 100_001).replace("tools", "prompts");
    expect(listPage(text, "prompts/list")).toBeUndefined();
    expect(listPage(text.replace('{"name":"a"},', ""), "prompts/list")?.entries).toHaveLength(100_000);
  });
});
