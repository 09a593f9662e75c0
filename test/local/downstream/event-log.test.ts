import type { JSONRPCMessage } from "@modelcontextprotocol/server";
import { expect, test } from "vitest";
import { boundedEventLog } from "../../../local/downstream/event-log.ts";

function message(method: string): JSONRPCMessage {
  return { jsonrpc: "2.0", method };
}

async function replay(log: ReturnType<typeof boundedEventLog>, lastEventId: string) {
  const sent: unknown[] = [];
  const streamId = await log.replayEventsAfter(lastEventId, {
    send: async (id, event) => void sent.push([id, (event as { method: string }).method]),
  });
  return { streamId, sent };
}

test("replays the events after the last event of the same stream", async () => {
  const log = boundedEventLog(10);
  const first = await log.storeEvent("s", message("a"));
  await log.storeEvent("other", message("b"));
  await log.storeEvent("s", message("c"));
  await log.storeEvent("s", message("d"));
  expect(await replay(log, first)).toEqual({
    streamId: "s",
    sent: [
      ["s::3", "c"],
      ["s::4", "d"],
    ],
  });
});

test("does not replay the empty event that opens a stream", async () => {
  const log = boundedEventLog(10);
  const opening = await log.storeEvent("s", {} as JSONRPCMessage);
  await log.storeEvent("s", {} as JSONRPCMessage);
  await log.storeEvent("s", message("a"));
  expect((await replay(log, opening)).sent).toEqual([["s::3", "a"]]);
});

test("evicts the oldest events and still resumes after one of them", async () => {
  const log = boundedEventLog(2);
  const first = await log.storeEvent("s", message("a"));
  for (const method of ["b", "c", "d"]) await log.storeEvent("s", message(method));
  expect((await replay(log, first)).sent).toEqual([
    ["s::3", "c"],
    ["s::4", "d"],
  ]);
});

test.each(["", "s", "::1", "s::x"])("rejects the event id %j", async (eventId) => {
  await expect(replay(boundedEventLog(2), eventId)).rejects.toThrow("not an event id of this server");
});
