// Event streams from nowhere, cut anywhere: chunks make no difference, no event is lost, and what a reader of the standard gets after the
// filter is what it would have got before, without what is hidden.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BodyFilter } from "../../functions/core/body-filter.ts";
import { filterListText } from "../../functions/core/list-filter.ts";
import { createSseSplitter } from "../../functions/core/sse-events.ts";
import { jsonFilter, sseFilter } from "../../functions/platform/sse-relay.ts";
import { configSnapshot } from "../support/gateway-config.ts";
import { principalWith } from "../support/principals.ts";
import { budget, corpus } from "./budget.ts";

const server = configSnapshot({
  servers: { tools: { tool_authorization: { hidden: { required_claims: { email: { values: "x" } } } } } },
}).servers.get("tools");
if (server === undefined) throw new Error("no server");
const view = { server, principal: principalWith(), statesCacheScope: false };
const hide = (text: string) => filterListText(text, view);

const list = '{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"hidden"},{"name":"open"}]}}';
const ends = fc.constantFrom("\n", "\r", "\r\n");
const line = fc.oneof(
  fc.constantFrom(
    `data: ${list}`,
    `data:${list}`,
    "data",
    "data:",
    ": c",
    "id: 1",
    "event: message",
    "\ufeffdata: x",
  ),
  fc.string({ unit: "grapheme", maxLength: 12 }).map((text) => `data: ${text.replace(/[\r\n]/g, "")}`),
);
const streams = fc.oneof(
  fc
    .array(fc.oneof(fc.tuple(line, ends), fc.tuple(fc.constant(""), ends)))
    .map((lines) => lines.flat().join("")),
  fc.string({ unit: fc.constantFrom(..."\r\n:d 李") }),
);
const examples = corpus("streams").map((text): [string, number[]] => [text, [1]]);
const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 });

/** Cuts bytes into pieces of the given lengths, over and over. */
function pieces(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const length = lengths[turn % lengths.length] as number;
    parts.push(bytes.subarray(at, at + length));
    at += length;
  }
  return parts;
}

function through(filter: BodyFilter, chunks: Buffer[]): string {
  const parts = chunks.flatMap((chunk) => filter.push(chunk));
  return Buffer.concat([...parts, ...filter.rest()]).toString("utf8");
}

/** The data of each event as the WHATWG's algorithm gives it (HTML §9.2.6), independent of the gateway's own reader. */
function dataOf(stream: string): string[] {
  const events: string[] = [];
  let data: string[] = [];
  for (const text of stream.replace(/^\ufeff/, "").split(/\r\n|\n|\r/)) {
    if (text === "") {
      if (data.join("\n") !== "") events.push(data.join("\n"));
      data = [];
    } else if (/^data(?::|$)/.test(text)) data.push(text.slice(5).replace(/^ /, ""));
  }
  return events;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe("the splitter", () => {
  it("gives the same events whatever the chunks, and loses not a character", () => {
    fc.assert(
      fc.property(streams, cuts, (stream, lengths) => {
        const whole = createSseSplitter(100_000);
        const cut = createSseSplitter(100_000);
        const events = whole.push(stream);
        const chunked: string[] = [];
        const characters = [...stream];
        for (let at = 0, turn = 0; at < characters.length; turn++) {
          const length = lengths[turn % lengths.length] as number;
          chunked.push(...cut.push(characters.slice(at, at + length).join("")));
          at += length;
        }
        expect(chunked.join("") + cut.rest()).toBe(stream);
        expect(events.join("") + whole.rest()).toBe(stream);
        expect(dataOf(chunked.join(""))).toEqual(dataOf(events.join("")));
      }),
      budget(examples),
    );
  });
});

describe("the filter", () => {
  it("of an event stream gives the same bytes whatever the chunks, and to a reader the events without what is hidden", () => {
    fc.assert(
      fc.property(streams, cuts, (stream, lengths) => {
        const bytes = Buffer.from(stream);
        const whole = through(sseFilter(hide), [bytes]);
        const cut = through(sseFilter(hide), pieces(bytes, lengths));
        // Some readers take an event whose blank line never came: it is filtered like the others.
        const completed = dataOf(`${whole}\n\n\n`);
        expect(dataOf(`${cut}\n\n\n`)).toEqual(completed);
        expect(completed).toEqual(dataOf(`${stream}\n\n\n`).map(hide));
        // What is no JSON is no message to anybody.
        for (const data of completed.filter(isJson)) expect(data).not.toContain('"name":"hidden"');
      }),
      budget(examples),
    );
  });

  it("of a JSON answer gives it as it came where nothing is hidden, cut or not", () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string({ unit: "binary" })), cuts, (text, lengths) => {
        const bytes = Buffer.from(text);
        fc.pre(!text.includes("tools") && !text.includes("prompts") && !text.includes("resource"));
        expect(through(jsonFilter(hide), pieces(bytes, lengths))).toBe(bytes.toString("utf8"));
      }),
      budget(),
    );
  });

  it("hides in any message, twice as once", () => {
    const message = fc.record({
      jsonrpc: fc.constant("2.0"),
      result: fc.record(
        {
          tools: fc.oneof(
            fc.array(fc.record({ name: fc.constantFrom("hidden", "open", " hidden", 1, null) })),
            fc.jsonValue(),
          ),
          prompts: fc.jsonValue(),
          cacheScope: fc.constantFrom("public", "private", 1),
          nextCursor: fc.string(),
        },
        { requiredKeys: [] },
      ),
    });
    fc.assert(
      fc.property(fc.oneof(message, fc.array(message), fc.jsonValue()), (value) => {
        const once = hide(JSON.stringify(value));
        expect(hide(once)).toBe(once);
        for (const { result } of [JSON.parse(once)].flat().filter((each) => each?.result?.tools?.filter)) {
          expect(result.tools.filter((tool: { name?: unknown } | null) => tool?.name === "hidden")).toEqual(
            [],
          );
        }
      }),
      budget(),
    );
  });
});
