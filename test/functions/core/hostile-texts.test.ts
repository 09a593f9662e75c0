// Texts of clients and servers that cost some readers quadratic or exponential time.
import { describe, it } from "vitest";
import { readBearerToken } from "../../../functions/core/bearer.ts";
import { streamTranslator } from "../../../functions/core/combined/client-message.ts";
import { listPage } from "../../../functions/core/combined/merge-lists.ts";
import { hasOwnResponses, watchResponses } from "../../../functions/core/combined/own-responses.ts";
import { eventIdFilter } from "../../../functions/core/event-ids.ts";
import { beginsWithEndpointEvent } from "../../../functions/core/legacy-sse.ts";
import { watchEvents, watchJson } from "../../../functions/core/list-watch.ts";
import { parseMcpBody } from "../../../functions/core/mcp-message.ts";
import { acceptedTypes } from "../../../functions/core/media-types.ts";
import { readEvent } from "../../../functions/core/sse-events.ts";
import { sealTaskIds } from "../../../functions/core/task-ids.ts";
import { describeFailure } from "../../../functions/platform/failure.ts";
import { expectLinearWork } from "../../support/linear-work.ts";

const NAMES = { members: ["notes", "reports"], separator: "__" };
const translate = streamTranslator("notes", NAMES, "g", () => undefined);
const READERS: Record<string, (text: string) => unknown> = {
  "a token": (text) => readBearerToken(text, "Authorization"),
  "the media types that are accepted": (text) => acceptedTypes([text], ["application/json"]),
  "a body": (text) => parseMcpBody(text, 64),
  "the beginning of an event stream": (text) => beginsWithEndpointEvent(Buffer.from(text)),
  "an event": (text) => readEvent(text),
  "the ids of events": (text) => eventIdFilter((id) => id).push(Buffer.from(text)),
  "the lists in events": (text) => watchEvents().sees(Buffer.from(text)),
  "the lists in JSON": (text) => watchJson().sees(Buffer.from(text)),
  "the tasks of a message": (text) => sealTaskIds(text, (id) => `${id}.`),
  "the names of a member's message": (text) => translate(text),
  "a member's list": (text) => listPage(text, "tools/list"),
  "the responses of a member": (text) => hasOwnResponses(text, "g"),
  "the responses of a member in a large text": (text) => watchResponses("g").sees(Buffer.from(text)),
  "an error's message": (text) => describeFailure(new Error(text)),
};

const UNITS = [
  " ",
  "\n",
  "\t",
  "\0",
  ":\r\n\r\n",
  ": ping\n\n",
  "data: x\n",
  "id: x\n",
  '"',
  "\\",
  '\\"',
  "[",
  "{",
  ",",
  "é",
  "eyJa.",
];
const PLACES: ((text: string) => string)[] = [
  (text) => `x${text}x`,
  (text) => `Bearer${text}x`,
  (text) => `{"jsonrpc":"2.0","id":5,"result":{"tools":[${text}]}}`,
  (text) => `{"jsonrpc":"2.0","id":5,"result":{"tools":[{"name":"${text}"}],"taskId":"x"}}`,
  (text) => `data: ${text}\n\n`,
  (text) => text,
];

const TEXT_CHARS = 200_000;

describe.each(Object.entries(READERS))("reading %s", (_name, read) => {
  it.each(UNITS)("ends for a text of many %j", (unit) => {
    for (const place of PLACES) {
      const text = place(unit.repeat(TEXT_CHARS / unit.length));
      expectLinearWork(() => read(text));
    }
  });
});
