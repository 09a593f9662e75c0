// Sessions, events, tasks and cursors of the combined endpoint: each opens for its user, at its place and for its purpose alone.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type CombinedStand, startCombinedStand, type User } from "../support/combined-stand.ts";
import { type Era, inEra } from "../support/combined-ways.ts";
import { jsonOf, type McpRequest, PING, toolCall } from "../support/mcp-request.ts";
import { messageOf } from "../support/recorder-server.ts";

const ERAS: Era[] = ["2025-11-25", "2026-07-28"];
const VERSION = ["MCP-Protocol-Version", "2025-11-25"];
const UNKNOWN = [200, "unknown_name"];

let stand: CombinedStand;

beforeAll(async () => {
  stand = await startCombinedStand();
});
afterAll(() => stand?.close());
beforeEach(() => stand.reset());

type Ids = {
  /** sessions of the combined endpoint */
  session: string;
  othersSession: string;
  /** a session at `plain`'s own URL */
  memberSession: string;
  /** tasks at the combined endpoint */
  task: string;
  othersTask: string;
  adminTask: string;
  /** a task at `plain`'s own URL */
  memberTask: string;
  /** cursors of tools/list at the combined endpoint */
  cursor: string;
  othersCursor: string;
  /** ids of events of the combined endpoint, in the sessions */
  event: string;
  othersEvent: string;
};

describe("the combined endpoint", () => {
  let ids: Ids;

  beforeAll(async () => {
    const task = async (server: string, name: string, user: User = "free") => {
      const body = { ...PING, method: "tools/call", params: { name, task: { ttl: 60_000 } } };
      return String(jsonOf(await stand.send(server, { headers: VERSION, body }, user)).result?.task?.taskId);
    };
    const cursor = async (user: User = "free") =>
      String(
        jsonOf(await stand.send("", { body: { ...PING, method: "tools/list" } }, user)).result?.nextCursor,
      );
    const event = async (mcpSession: string, user: User = "free") => {
      const headers = [...VERSION, "Mcp-Session-Id", mcpSession];
      const response = await stand.send("", { headers, body: toolCall("plain__stream") }, user);
      return String(/^id: (.*)$/m.exec(response.body)?.[1]);
    };
    const [own, others] = [await stand.session(""), await stand.session("", "other")];
    ids = {
      session: own,
      othersSession: others,
      memberSession: await stand.session("plain"),
      task: await task("", "plain__open"),
      othersTask: await task("", "plain__open", "other"),
      adminTask: await task("", "ruled__admin_delete", "pro"),
      memberTask: await task("plain", "open"),
      cursor: await cursor(),
      othersCursor: await cursor("other"),
      event: await event(own),
      othersEvent: await event(others, "other"),
    };
  });

  const altered = (id: string) => `${id.slice(0, 20)}${id[20] === "A" ? "B" : "A"}${id.slice(21)}`;
  const withSession = (id: string | string[], body: unknown = toolCall("plain__open")): McpRequest => ({
    headers: [...VERSION, ...[id].flat().flatMap((value) => ["Mcp-Session-Id", value])],
    body,
  });

  it("issues ids of sessions, events and tasks and cursors, and accepts them from their user", async () => {
    expect(Object.values(ids).filter((id) => id === "undefined" || id === "")).toEqual([]);
    expect((await stand.send("", withSession(ids.session))).status).toBe(200);
    const get = { ...PING, method: "tasks/get", params: { taskId: ids.task } };
    expect(jsonOf(await stand.send("", { headers: VERSION, body: get })).result).toMatchObject({
      taskId: ids.task,
    });
    const more = { ...PING, method: "tools/list", params: { cursor: ids.cursor } };
    expect(jsonOf(await stand.send("", { body: more }))).toHaveProperty("result.tools");
    expect(resume(ids.event, ids.session)).toMatchObject({ method: "GET" });
    expect((await stand.send("", resume(ids.event, ids.session))).status).toBe(200);
  });

  it.each<[string, (ids: Ids) => string | string[]]>([
    ["that was invented", () => "A".repeat(64)],
    ["that is empty", () => ""],
    ["that is too long", () => "A".repeat(4_000)],
    ["that is a server's own", () => "upstream-session"],
    ["that is another user's", ({ othersSession }) => othersSession],
    ["of a member's own URL", ({ memberSession }) => memberSession],
    ["that was altered", ({ session }) => altered(session)],
    ["that was shortened", ({ session }) => session.slice(0, -4)],
    ["that was lengthened", ({ session }) => `${session}AAAA`],
    ["with a member's name before it", ({ session }) => `plain.${session}`],
    ["that was sent twice", ({ session }) => [session, session]],
    ["that is a task's", ({ task }) => task.replace("plain.", "")],
    ["that is a cursor", ({ cursor }) => cursor],
    ["that is an event's", ({ event }) => event.replace(/^plain\..*\./, "")],
  ])("denies a session id %s", async (_name, of) => {
    const expected = [404, "session_unknown"];
    await stand.expectDenied(expected, withSession(of(ids)));
    await stand.expectDenied(expected, withSession(of(ids), { ...PING, method: "tools/list" }));
    await stand.expectDenied(expected, { ...withSession(of(ids), null), method: "DELETE" });
    const stream = withSession(of(ids), null);
    await stand.expectDenied(expected, {
      method: "GET",
      body: null,
      headers: [...(stream.headers ?? []), "Accept", "text/event-stream"],
    });
  });

  it("issues session ids that a member's own URL denies", () =>
    stand.expectDenied([404, "session_unknown"], withSession(ids.session), "free", "plain"));

  const resume = (event: string | string[], session: string): McpRequest => ({
    method: "GET",
    body: null,
    headers: [
      ...[...VERSION, "Mcp-Session-Id", session, "Accept", "text/event-stream"],
      ...[event].flat().flatMap((id) => ["Last-Event-ID", id]),
    ],
  });

  it.each<[string, (ids: Ids) => string | string[]]>([
    ["that was invented", () => `plain.p${"A".repeat(11)}.${"A".repeat(64)}`],
    ["that is empty", () => ""],
    ["that is another user's", ({ othersEvent }) => othersEvent],
    ["without a member", ({ event }) => event.replace(/^plain\..*\./, "")],
    ["with another member", ({ event }) => event.replace("plain", "ruled")],
    ["with a server that is not a member", ({ event }) => event.replace("plain", "outsider")],
    ["with another kind of stream", ({ event }) => event.replace(".p", ".x")],
    ["that was altered", ({ event }) => altered(event)],
    ["that was sent twice", ({ event }) => [event, event]],
    ["that is a session's", ({ session }) => `plain.p${"A".repeat(11)}.${session}`],
    ["that is a task's", ({ task }) => task.replace("plain.", "plain.pAAAAAAAAAAA.")],
  ])("denies an event id %s", (_name, of) =>
    stand.expectDenied([400, "event_unknown"], resume(of(ids), ids.session)),
  );

  const TASK_METHODS = ["tasks/get", "tasks/result", "tasks/update", "tasks/cancel"];

  it.each<[string, (ids: Ids) => string]>([
    ["that was invented", () => `plain.${"A".repeat(64)}`],
    ["that is empty", () => ""],
    ["that is another user's", ({ othersTask }) => othersTask],
    ["of a tool that is denied now", ({ adminTask }) => adminTask],
    ["without a member", ({ task }) => task.replace("plain.", "")],
    ["with another member", ({ task }) => task.replace("plain", "ruled")],
    ["with a server that is not a member", ({ task }) => task.replace("plain", "outsider")],
    ["that was altered", ({ task }) => altered(task)],
    ["that is a session's", ({ session }) => `plain.${session}`],
    ["of a member's own URL without a member", ({ memberTask }) => memberTask],
  ])("denies a task id %s", async (_name, of) => {
    for (const era of ERAS) {
      for (const method of TASK_METHODS) {
        const body = { ...PING, method, params: { taskId: of(ids) } };
        await stand.expectDenied(UNKNOWN, inEra({ body }, era));
      }
    }
    const params = { notifications: { taskIds: [of(ids)] } };
    const listen = await stand.send(
      "",
      inEra({ body: { ...PING, method: "subscriptions/listen", params } }, "2026-07-28"),
    );
    expect(listen.body).not.toContain("upstream-task");
    expect(stand.recorder.requests.map(({ body }) => body.toString())).not.toContainEqual(
      expect.stringContaining("upstream-task"),
    );
  });

  it.each([
    ["plain", "upstream-task"],
    ["", "plain.upstream-task"],
    ["", "plain.plain.upstream-task"],
  ])(
    "replaces a task id that the gateway did not issue by one that no task has, at %j: %s",
    async (server, taskId) => {
      await stand.send(server, { body: { ...PING, method: "tasks/get", params: { taskId } } });
      expect(stand.recorder.requests.map(messageOf)).toMatchObject([
        { method: "tasks/get", params: { taskId: expect.stringMatching(/^unknown-[\w-]{43}$/) } },
      ]);
    },
  );

  it.each<[string, (ids: Ids) => unknown, string?]>([
    ["that was invented", () => "A".repeat(64)],
    ["that is empty", () => ""],
    ["that is a number", () => 7],
    ["that is a server's own", () => "upstream-cursor"],
    ["that is another user's", ({ othersCursor }) => othersCursor],
    ["of another list", ({ cursor }) => cursor, "prompts/list"],
    ["that was altered", ({ cursor }) => altered(cursor)],
    ["that is a session's", ({ session }) => session],
    ["that is a task's", ({ task }) => task.replace("plain.", "")],
  ])("denies a cursor %s", async (_name, of, method = "tools/list") => {
    for (const era of ERAS) {
      const body = { ...PING, method, params: { cursor: of(ids) } };
      await stand.expectDenied([200, "cursor_unknown"], inEra({ body }, era));
    }
  });
});
