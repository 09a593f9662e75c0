// What the combined endpoint omits from members' responses is in its own audit line, with the member's name.
import { describe, expect, it } from "vitest";
import { clientOf, openSession } from "../../support/combined-client.ts";
import { auditLines, closeCombinedAfterEach, endpoint, member } from "../../support/combined-fixture.ts";
import type { CombinedUnderTest } from "../../support/combined-under-test.ts";
import { jsonResult, messageOf, type Responder, sseEvent } from "../../support/recorder-server.ts";
import { textResponse, tools } from "../../support/scripted-member.ts";

closeCombinedAfterEach();

const LISTEN = { method: "GET", headers: ["Accept", "text/event-stream"], body: null };
const PROGRESS = {
  jsonrpc: "2.0",
  method: "notifications/progress",
  params: { progressToken: 6, progress: 1 },
};
const OTHER = { jsonrpc: "2.0", id: 6, result: {} };
const TOO_LARGE = `data: ${"x".repeat(17 * 1024 * 1024)}\n\n`;

const stream = (...events: string[]) => textResponse(events.join(""), "text/event-stream");
/** Sends these messages before the response. */
const withMessages =
  (messages: readonly object[], result: object = { content: [] }): Responder =>
  (response, request) => {
    const own = { jsonrpc: "2.0", id: messageOf(request).id, result };
    stream(...[...messages, own].map(sseEvent))(response, request);
  };

/** The causes in the endpoint's own lines. */
async function causes(started: CombinedUnderTest): Promise<unknown[]> {
  await started.served();
  const own = auditLines(started).filter(({ server, endpoint: through }) => server === "/mcp" || !through);
  return own.flatMap(({ cause, status }) => (cause === undefined ? [] : [[status, cause]]));
}

const PROGRESS_OMITTED = "Error: notes: a report of progress of a request that is not the member's";

describe("the endpoint's audit line tells what was omitted", () => {
  it.each<[string, Responder, number, string]>([
    [
      "an event of another request",
      withMessages([OTHER]),
      200,
      "Error: notes: an event of 36 characters that cannot be relayed",
    ],
    ["progress of another request", withMessages([PROGRESS]), 200, PROGRESS_OMITTED],
    [
      "half a message",
      textResponse('{"jsonrpc":"2.0"'),
      502,
      "Error: notes: a response of 16 bytes that cannot be relayed",
    ],
    [
      "names in a large response",
      (response, request) => {
        const content = [{ type: "text", text: "x".repeat(17 * 1024 * 1024), name: "a" }];
        jsonResult({ tools: [{ name: "a" }], content })(response, request);
      },
      502,
      "Error: notes: a message of more than 16777216 bytes contains names",
    ],
    [
      "a response that breaks off",
      (response) => {
        response.writeHead(200, { "content-type": "application/json", "content-length": "500" });
        response.write('{"jsonrpc"', () => response.socket?.destroy());
      },
      502,
      "Error: notes: an incomplete response",
    ],
  ])("from the response to a call: %s", async (_name, responder, status, cause) => {
    const started = await endpoint({
      notes: await member({ "tools/call": responder }),
      other: await member(),
    });
    await (await openSession(started)).request("tools/call", { name: "notes__x" }, 5);
    expect(await causes(started)).toEqual([[status, cause]]);
  });

  it.each([
    [sseEvent(OTHER), "Error: notes: an event that cannot be relayed"],
    ["Data: x\n\n", "Error: notes: an event that cannot be relayed"],
    [sseEvent(PROGRESS), PROGRESS_OMITTED],
    [TOO_LARGE.trimEnd(), "Error: notes: an event that is too large"],
  ])("from the stream of a GET: %#", async (event, cause) => {
    const started = await endpoint({ notes: await member({ GET: stream(event) }), other: await member() });
    await (await openSession(started)).send(LISTEN);
    expect(await causes(started)).toEqual([[200, cause]]);
  });

  it.each([
    [withMessages([PROGRESS], tools("a")), PROGRESS_OMITTED],
    [
      withMessages([{ ...OTHER, method: null }], tools("a")),
      "Error: notes: a message that cannot be relayed",
    ],
    [
      jsonResult({ tools: [{ name: "a", inputSchema: 1 }, ...tools("b").tools] }),
      "Error: notes: 1 invalid entries in its response to tools/list, the first: notes__a (inputSchema)",
    ],
  ])("from a list: %#", async (responder, cause) => {
    const started = await endpoint({
      notes: await member({ "tools/list": responder }),
      other: await member(),
    });
    await (await openSession(started)).request("tools/list", {}, 5);
    expect(await causes(started)).toEqual([[200, cause]]);
  });

  it("from capabilities", async () => {
    const serverInfo = { name: "member", version: "1" };
    const capabilities = { tools: 5, prompts: {}, logging: true };
    const initialize = jsonResult({ protocolVersion: "2025-11-25", capabilities, serverInfo });
    const started = await endpoint({ notes: await member({ initialize }), other: await member() });
    await openSession(started);
    expect(await causes(started)).toEqual([[200, "Error: notes: invalid capabilities: logging, tools"]]);
  });

  it("but has no line of its own if nothing was omitted", async () => {
    const notes = await member({ "tools/call": withMessages([]) });
    const started = await endpoint({ notes, other: await member() });
    await clientOf(started.url).request("tools/call", { name: "notes__x" }, 5);
    await started.served();
    expect(auditLines(started)).toHaveLength(1);
  });
});
