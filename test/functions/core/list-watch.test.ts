import { describe, expect, it } from "vitest";
import { type Watch, watchEvents, watchJson } from "../../../functions/core/list-watch.ts";

/** Whether a list is seen in a body, in one piece and in many. */
function sees(open: () => Watch, body: string): boolean[] {
  const watch = open();
  return [open().sees(Buffer.from(body)), [...body].some((piece) => watch.sees(Buffer.from(piece)))];
}

const watchFor = (body: string) => (/^[\ufeff\s]*[{[]/.test(body) ? watchJson : watchEvents);

const LIST = '{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"hidden"}]}}';

describe("the list watch", () => {
  it.each([
    ["a list", LIST],
    ["prompts", LIST.replace("tools", "prompts")],
    ["resources", LIST.replace("tools", "resources")],
    ["templates", LIST.replace("tools", "resourceTemplates")],
    ["a list after other members", '{"result":{"content":[{"a":[]}],"x":{"y":1},"tools":[]}}'],
    ["a list in a batch", `[{"jsonrpc":"2.0","method":"a","params":{"x":1}},${LIST}]`],
    ["a list that is the second JSON text", `{"result":{}} ${LIST}`],
    ["a list behind a byte order mark and space", `\ufeff \n${LIST}`],
    ["a list with an escaped key", LIST.replace("tools", "\\u0074ools")],
    ["a list with a key in another case", LIST.replace("result", "Result").replace("tools", "Tools")],
    ["a list in invalid JSON", LIST.replace("{", "{,,nan,}}{")],
    ["an event with a list", `event: message\ndata: ${LIST}\n\n`],
    ["an event with CR and a list", `: hi\r\rdata:${LIST}\r\r`],
    ["an event with CRLF and a list in two lines", `data: {"a":{},\r\ndata: "result":{"tools":[]}}\r\n\r\n`],
    ["an event of an odd spelling", `DATA: ${LIST}\n\n`],
    ["an event behind a byte order mark", `\ufeffdata: ${LIST}\n\n`],
    ["an event that never ends", `data: ${LIST}`],
    ["a list in a batch in a batch", `[{"result":{}},[${LIST}]]`],
    ["a list after a batch in a batch", `[[{"result":{}}],${LIST}]`],
    ["JSON in UTF-16", Buffer.from(LIST, "utf16le").toString("latin1")],
    ["an event in UTF-16", Buffer.from(`data: ${LIST}\n\n`, "utf16le").toString("latin1")],
    ...["\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"].map((end): [string, string] => [
      `an event behind a comment that ends in ${JSON.stringify(end)}`,
      `: x${end}data: ${LIST}\n\n`,
    ]),
  ])("detects %s, in one chunk and byte by byte", (_, body) => {
    expect(sees(watchFor(body), body)).toEqual([true, true]);
  });

  it.each([
    [
      "a tool's result",
      '{"result":{"content":[{"type":"text","text":"\\"tools\\":["}],"structuredContent":{"tools":[1]}}}',
    ],
    ["an error", '{"error":{"data":{"result":{"tools":[]}}}}'],
    ["a request of the server", '{"method":"x","params":{"result":{"tools":[]},"tools":[]}}'],
    ["capabilities", '{"result":{"capabilities":{"tools":{},"resources":{"listChanged":true}}}}'],
    ["a member that is not an array", '{"result":{"tools":{},"x":[]}}'],
    ["a result that is a list", '{"result":[{"tools":[]}]}'],
    ["tools beside a result", '{"result":{},"tools":[]}'],
    ["a value called tools", '{"result":{"a":"tools","b":["tools",[]]}}'],
    ["a key without end", `{"result":{"${"tools".repeat(100)}":[]}}`],
    ["closing brackets", "}]}{]"],
    ["a page", "<html>data: none</html>"],
    ["nothing but space", " \r\n"],
    ["events", 'id: data: 1\nevent: data\ndata: {"result":{}}\n\ndata: {"a":"tools"}\n\ndata: [1]\n\n'],
    ["events that only together would be a list", 'data: {"result":\n\ndata: {"tools":[]}\n\n'],
    ["a line that only begins like data", `${"data".repeat(9)}: ${LIST}\n\n`],
  ])("detects no list in %s", (_, body) => {
    expect(sees(watchFor(body), body)).toEqual([false, false]);
  });
});
