// Event streams from nowhere, cut anywhere: chunks make no difference, no event is lost, and what a reader of the standard gets after the
// filter is what it would have got before, without what is hidden.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BodyFilter } from "../../functions/core/body-filter.ts";
import { filterListText } from "../../functions/core/list-filter.ts";
import { createSseSplitter } from "../../functions/core/sse-events.ts";
import { createSseFilter, UnexpectedList } from "../../functions/core/sse-filter.ts";
import { createWatchedBody } from "../../functions/core/watched-body.ts";
import { configSnapshot } from "../support/gateway-config.ts";
import { principalWith } from "../support/principals.ts";
import { budget, corpus } from "./budget.ts";

const server = configSnapshot({
  servers: { tools: { tool_authorization: { hidden: { required_claims: { email: { values: "x" } } } } } },
}).servers.get("tools");
if (server === undefined) throw new Error("no server");
const view = { server, principal: principalWith(), statesCacheScope: false };
const hide = (text: string) => filterListText(text, view) ?? "ERROR";
const parts = {
  maxBytes: 100_000,
  change: (data: string) => filterListText(data, view),
  errorFor: () => "ERROR",
};
const sseFilter = () => createSseFilter(parts);

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

/**
 * The data of each event as the WHATWG's algorithm gives it (HTML §9.2.6), independent of the gateway's own reader.
 *
 * @param unclear stands for the data of an event with a line that some readers take for data
 */
function dataOf(stream: string, unclear?: string): string[] {
  const events: string[] = [];
  let data: string[] = [];
  let isClear = true;
  for (const text of stream.replace(/^\ufeff/, "").split(/\r\n|\n|\r/)) {
    if (text === "") {
      if (!isClear && unclear !== undefined) events.push(unclear);
      else if (data.join("\n") !== "") events.push(data.join("\n"));
      data = [];
      isClear = true;
    } else if (/^data(?::|$)/.test(text)) data.push(text.slice(5).replace(/^ /, ""));
    else if (/^[\s\ufeff]*data\s*(?::|$)/i.test(text)) isClear = false;
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
  it("gives the same events whatever the chunks, and loses not a byte", () => {
    fc.assert(
      fc.property(streams, cuts, (stream, lengths) => {
        const bytes = Buffer.from(stream);
        const whole = createSseSplitter();
        const cut = createSseSplitter();
        const events = Buffer.concat(whole.push(bytes));
        const chunked = Buffer.concat(pieces(bytes, lengths).flatMap((piece) => cut.push(piece)));
        expect(dataOf(chunked.toString())).toEqual(dataOf(events.toString()));
        expect(Buffer.concat([events, whole.take()])).toEqual(bytes);
        expect(Buffer.concat([chunked, cut.take()])).toEqual(bytes);
      }),
      budget(examples),
    );
  });
});

describe("the filter", () => {
  it("of an event stream gives a reader the same whatever the chunks: the events without what is hidden", () => {
    fc.assert(
      fc.property(streams, cuts, (stream, lengths) => {
        const bytes = Buffer.from(stream);
        const whole = through(sseFilter(), [bytes]);
        const cut = through(sseFilter(), pieces(bytes, lengths));
        // Some readers take an event whose blank line never came: it is filtered like the others.
        const completed = dataOf(`${whole}\n\n\n`);
        expect(dataOf(`${cut}\n\n\n`)).toEqual(completed);
        expect(completed).toEqual(dataOf(`${stream}\n\n\n`, "ERROR").map(hide));
        for (const data of completed) expect(data).not.toContain('"name":"hidden"');
      }),
      budget(examples),
    );
  });

  it("gives a message as it came where nothing is hidden", () => {
    fc.assert(
      fc.property(fc.json(), (value) => {
        fc.pre(!/tools|prompts|resource|cachescope/i.test(value));
        const text = ` {"jsonrpc":"2.0", "id":1.0,"result":${value}}\n`;
        expect(hide(text)).toBe(text);
      }),
      budget(),
    );
  });

  it("gives nothing out that JSON.parse does not accept, but for non-finite numbers", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}[]:,"a1 ') }), (text) => {
        fc.pre(text.trim() !== "");
        if (filterListText(text, view) !== undefined) expect(isJson(text)).toBe(true);
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
        const once = filterListText(JSON.stringify(value), view);
        if (once === undefined) return;
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

/** An entry as a server may write it. What is hidden carries a mark that no other entry has. */
type Entry = { text: string; isHidden: boolean };

const space = fc.constantFrom("", " ", "\n\t ");
const anyValue = fc.oneof(
  fc.json({ maxDepth: 2 }),
  fc.constantFrom("NaN", "-Infinity", "1e400", "1.0", "9223372036854775807", '"}],{"', '"\\\\"', '"\\u0041"'),
);
const entry: fc.Arbitrary<Entry> = fc
  .tuple(fc.boolean(), space, anyValue, anyValue, fc.boolean())
  .map(([isHidden, gap, before, after, isEscaped]) => {
    const plain = isHidden ? '"hidden"' : '"open"';
    const name = isEscaped ? plain.replace("e", "\\u0065") : plain;
    const mark = isHidden ? '"mark":"hidden-mark",' : "";
    return {
      isHidden,
      text: `{${gap}"a":${before},${mark}${gap}"name"${gap}:${gap}${name},"z":${after}${gap}}`,
    };
  });
const listText = fc.tuple(fc.array(entry, { maxLength: 6 }), space, anyValue).map(([entries, gap, other]) => {
  const tools = entries.map(({ text }) => `${gap}${text}`).join(`${gap},`);
  return {
    entries,
    text: `{"jsonrpc":"2.0",${gap}"id":1,"result":{"o":${other},"tools":[${tools}${gap}],"n":1.0}}`,
  };
});

/** What a filter that builds all values and writes them anew makes of a list; undefined where JSON.parse can't read it. */
function naivelyFiltered(text: string): unknown {
  if (!isJson(text)) return undefined;
  const message = JSON.parse(text);
  message.result.tools = message.result.tools.filter(({ name }: { name: string }) => name !== "hidden");
  return message;
}

describe("a random list", () => {
  const expectFiltered = (output: string, { entries, text }: { entries: Entry[]; text: string }) => {
    expect(output).not.toContain("hidden-mark");
    let from = 0;
    for (const visible of entries.filter(({ isHidden }) => !isHidden)) {
      const at = output.indexOf(visible.text, from);
      expect(at).toBeGreaterThanOrEqual(from);
      from = at + visible.text.length;
    }
    const naive = naivelyFiltered(text);
    if (naive !== undefined) expect(JSON.parse(output)).toEqual(naive);
  };

  it("as JSON loses its hidden entries and nothing else", () => {
    fc.assert(
      fc.property(listText, (list) => expectFiltered(hide(list.text), list)),
      budget(),
    );
  });

  it("as an event, with any ends of lines and in any chunks, loses its hidden entries and nothing else", () => {
    fc.assert(
      fc.property(listText, ends, cuts, (list, end, lengths) => {
        // JSON may be cut wherever it has space, and each part be a line of data.
        const lines = list.text.split("\n").map((part) => `data: ${part}${end}`);
        const stream = `id: 1${end}${lines.join("")}${end}`;
        const [data, ...more] = dataOf(through(sseFilter(), pieces(Buffer.from(stream), lengths)));
        expect(more).toEqual([]);
        expectFiltered(data as string, list);
      }),
      budget(),
    );
  });

  it("in a response that should hold none loses its hidden entries, or the response is closed before them", () => {
    fc.assert(
      fc.property(listText, fc.constantFrom("", "data: "), cuts, ({ entries, text }, prefix, lengths) => {
        fc.pre(prefix === "" || !text.includes("\n"));
        const filter = createWatchedBody(parts);
        const passed: Buffer[] = [];
        try {
          for (const piece of pieces(Buffer.from(prefix + text), lengths)) passed.push(...filter.push(piece));
          passed.push(...filter.rest());
          expectFiltered(Buffer.concat(passed).toString().slice(prefix.length), { entries, text });
        } catch (cause) {
          expect(cause).toBeInstanceOf(UnexpectedList);
        }
        expect(Buffer.concat(passed).toString()).not.toContain("hidden-mark");
      }),
      budget(),
    );
  });
});
