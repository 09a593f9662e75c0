// Merged lists: pages, cursors, members without a part.
import { describe, expect, it } from "vitest";
import { clientOf, messagesIn, notice, openSession, toolNames } from "../../support/combined-client.ts";
import { auditLines, closeCombinedAfterEach, endpoint, member } from "../../support/combined-fixture.ts";
import { configSnapshot, configStoreOf } from "../../support/gateway-config.ts";
import { closedPort } from "../../support/loopback-server.ts";
import { jsonOf } from "../../support/mcp-request.ts";
import { jsonResult, messageOf, sseEvent } from "../../support/recorder-server.ts";
import { pagesOf, rpcError, textResponse, tools } from "../../support/scripted-member.ts";

closeCombinedAfterEach();

describe("a merged list", () => {
  it("has the entries of all members in their order, each as its server wrote it", async () => {
    const entry = '{"name" : "add",\t"inputSchema":{"type":"object","maximum":9007199254740993}}';
    const notes = await member({
      "tools/list": textResponse(`{"jsonrpc":"2.0","id":1,"result":{"tools":[${entry}]}}`),
    });
    const reports = await member({ "tools/list": jsonResult(tools("add", "subtract")) });
    const { url } = await endpoint({ reports, notes });
    const response = await clientOf(url).request("tools/list");
    expect(toolNames(response)).toEqual(["reports__add", "reports__subtract", "notes__add"]);
    expect(response.body).toContain(entry.replace('"add"', '"notes__add"'));
  });

  it("follows the pages of each member, and then has a cursor for the rest", async () => {
    const notes = await member({ "tools/list": pagesOf(25) });
    const reports = await member({ "tools/list": pagesOf(12) });
    const { url } = await endpoint({ notes, reports });
    const client = clientOf(url);
    const names: string[] = [];
    let requests = 0;
    let cursor: string | undefined;
    do {
      const response = await client.request("tools/list", cursor === undefined ? {} : { cursor });
      names.push(...toolNames(response));
      cursor = jsonOf(response).result.nextCursor;
      requests += 1;
    } while (cursor !== undefined);
    const expected = [
      ...Array.from({ length: 25 }, (_, at) => `notes__tool-${at}`),
      ...Array.from({ length: 12 }, (_, at) => `reports__tool-${at}`),
    ];
    expect(names.toSorted()).toEqual(expected.toSorted());
    expect(requests).toBe(3);
    expect(notes.received()).toHaveLength(25);
    expect(reports.received()).toHaveLength(12);
  });

  // codebase-memory-mcp #1247: clients would request the list of all members without end.
  it.each([
    ["the same cursor", () => "more"],
    ["two cursors in turn", (cursor?: string) => (cursor === "a" ? "b" : "a")],
  ])("ends for a member that repeats %s, and lists no tool twice in a row", async (_name, cursorAfter) => {
    const notes = await member({
      "tools/list": (response, request) => {
        const { cursor } = (messageOf(request) as { params?: { cursor?: string } }).params ?? {};
        jsonResult({ ...tools("add"), nextCursor: cursorAfter(cursor) })(response, request);
      },
    });
    const reports = await member({ "tools/list": pagesOf(2) });
    const started = await endpoint({ notes, reports });
    const response = await clientOf(started.url).request("tools/list");
    expect(jsonOf(response).result.nextCursor).toBeUndefined();
    expect(new Set(toolNames(response))).toEqual(
      new Set(["notes__add", "reports__tool-0", "reports__tool-1"]),
    );
    expect(notes.received().length).toBeLessThanOrEqual(3);
    expect(auditLines(started).at(-1)).toMatchObject({
      cause: "Error: notes: a repeated cursor in its response to tools/list",
    });
  });

  it("stops following pages after 2,000 entries of all members", async () => {
    const many = Array.from({ length: 1_001 }, (_, at) => `tool-${at}`);
    const page = jsonResult({ ...tools(...many), nextCursor: "more" });
    const notes = await member({ "tools/list": page });
    const { url } = await endpoint({ notes, reports: await member({ "tools/list": page }) });
    const response = await clientOf(url).request("tools/list");
    expect(toolNames(response)).toHaveLength(2_002);
    expect(jsonOf(response).result.nextCursor).toBeTypeOf("string");
    expect(notes.received()).toHaveLength(1);
  });

  it("stops following pages after 8 MiB of all members", async () => {
    const description = "d".repeat(3 * 1024 * 1024);
    let pages = 0;
    const notes = await member({
      "tools/list": (response, request) =>
        jsonResult({
          tools: [{ name: "big", description, inputSchema: { type: "object" } }],
          nextCursor: `page ${++pages}`,
        })(response, request),
    });
    const { url } = await endpoint({ notes, reports: await member({ "tools/list": jsonResult(tools()) }) });
    const response = await clientOf(url).request("tools/list");
    expect(toolNames(response)).toEqual(["notes__big", "notes__big"]);
  });

  it("keeps the id of the client's request, including a large number", async () => {
    const notes = await member({ "tools/list": pagesOf(1) });
    const { url } = await endpoint({ notes, reports: await member({ "tools/list": pagesOf(1) }) });
    const body = '{"jsonrpc":"2.0","id":9007199254740993,"method":"tools/list"}';
    const response = await clientOf(url).send({ body });
    expect(response.body).toContain('"id":9007199254740993');
    expect(String(notes.requests[0]?.body)).toBe(body);
  });

  it("has several pages for a request of any depth that the gateway accepts", async () => {
    const notes = await member({ "tools/list": pagesOf(2) });
    const gateway = { combined: { servers: ["notes"] }, limits: { max_json_depth: 512 } };
    const config = configStoreOf(configSnapshot({ gateway, servers: { notes: { url: notes.url } } }));
    const { url } = await endpoint({ notes }, { config });
    const deep = JSON.parse("[".repeat(200) + "]".repeat(200));
    const response = await clientOf(url).request("tools/list", { _meta: { deep } });
    expect(toolNames(response)).toEqual(["notes__tool-0", "notes__tool-1"]);
  });

  it("includes lists from event streams, and relays earlier notifications and requests at once", async () => {
    const request = { jsonrpc: "2.0", id: 7, method: "sampling/createMessage", params: { messages: [] } };
    const log = { jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: "x" } };
    const notes = await member({
      "tools/list": (response, received) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(`: comment\n\n${sseEvent(log)}${sseEvent(request)}`);
        response.end(sseEvent({ jsonrpc: "2.0", id: messageOf(received).id, result: tools("add") }));
      },
    });
    const { url } = await endpoint({
      notes,
      reports: await member({ "tools/list": jsonResult(tools("add")) }),
    });
    const response = await clientOf(url).request("tools/list", {}, 5);
    const [first, second, last, ...others] = messagesIn(response);
    expect([first, second, others]).toEqual([log, { ...request, id: "notes.7" }, []]);
    expect(last.id).toBe(5);
    expect(last.result.tools.map(({ name }: { name: string }) => name)).toEqual([
      "notes__add",
      "reports__add",
    ]);
  });

  it("is readable although a member writes NaN", async () => {
    const notes = await member({
      "tools/list": textResponse(
        '{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"a","weight":NaN,"inputSchema":{"type":"object"}}]}}',
      ),
    });
    const { url } = await endpoint({
      notes,
      reports: await member({ "tools/list": jsonResult(tools("b")) }),
    });
    expect(toolNames(await clientOf(url).request("tools/list"))).toEqual(["notes__a", "reports__b"]);
  });

  it("is empty if the caller may use no member, with the reasons in the audit line", async () => {
    const started = await endpoint(
      { notes: await member(), reports: await member() },
      { access: (name) => ({ type: "absent", name, reason: "claim_mismatch" }) },
    );
    const response = await clientOf(started.url).request("tools/list");
    expect(jsonOf(response)).toEqual({ jsonrpc: "2.0", id: 1, result: { tools: [] } });
    expect(auditLines(started)).toEqual([
      expect.objectContaining({
        members_absent: ["notes: claim_mismatch", "reports: claim_mismatch"],
        status: 200,
        decision: "allow",
      }),
    ]);
  });

  it("is an unknown method if no member supports it", async () => {
    const unsupported = { "prompts/list": rpcError(200, -32601) };
    const { url } = await endpoint({ notes: await member(unsupported), reports: await member(unsupported) });
    const response = await clientOf(url).request("prompts/list");
    expect(jsonOf(response)).toMatchObject({ id: 1, error: { code: -32601 } });
  });

  it("is a member's own error with its status if every member rejects the request", async () => {
    const rejecting = { "tools/list": rpcError(400, -32022) };
    const { url } = await endpoint({ notes: await member(rejecting), reports: await member(rejecting) });
    const response = await clientOf(url).request("tools/list");
    expect(response.status).toBe(400);
    expect(jsonOf(response)).toMatchObject({ id: 1, error: { code: -32022 } });
  });

  it("has the other members' entries if one member does not support the method", async () => {
    const notes = await member({ "tools/list": rpcError(404, -32601) });
    const { url } = await endpoint({
      notes,
      reports: await member({ "tools/list": jsonResult(tools("a")) }),
    });
    const response = await clientOf(url).request("tools/list");
    expect([toolNames(response), notice(response)]).toEqual([["reports__a"], undefined]);
  });
});

describe("a cursor of a merged list", () => {
  const first = async (url: string) => {
    const response = await clientOf(url).request("tools/list");
    return { cursor: jsonOf(response).result.nextCursor as string };
  };
  const paged = () => member({ "tools/list": pagesOf(12), "prompts/list": jsonResult({ prompts: [] }) });

  it("does not open for another user, another list or when it was altered", async () => {
    const members = { notes: await paged(), reports: await paged() };
    const { url } = await endpoint(members);
    const cursor = await first(url);
    const bob = await endpoint(members, { caller: { sub: "U2bob" } });
    const tenant = await endpoint(members, { caller: { tenant: "T2" } });
    const altered = { cursor: `${cursor.cursor.slice(0, -2)}AA` };
    const responses = [
      await clientOf(bob.url).request("tools/list", cursor),
      await clientOf(tenant.url).request("tools/list", cursor),
      await clientOf(url).request("prompts/list", cursor),
      await clientOf(url).request("tools/list", altered),
      await clientOf(url).request("tools/list", { cursor: "page 3" }),
      await clientOf(url).request("tools/list", { cursor: 3 }),
    ];
    for (const response of responses) expect(jsonOf(response).error).toMatchObject({ code: -32602 });
  });

  it("continues without a server that is no longer a member", async () => {
    const [notes, reports] = [await paged(), await paged()];
    const cursor = await first((await endpoint({ notes, reports })).url);
    const { url } = await endpoint({ reports, other: await paged() });
    expect(toolNames(await clientOf(url).request("tools/list", cursor))).toEqual([
      "reports__tool-10",
      "reports__tool-11",
    ]);
  });

  it("continues without a member that the caller may no longer use", async () => {
    const members = { notes: await paged(), reports: await paged() };
    const cursor = await first((await endpoint(members)).url);
    const { url } = await endpoint(members, {
      access: (name) => (name === "notes" ? { type: "absent", name, reason: "blocked" } : undefined),
    });
    const response = await clientOf(url).request("tools/list", cursor);
    expect([...new Set(toolNames(response).map((name) => name.split("__")[0]))]).toEqual(["reports"]);
  });

  it("omits members whose cursors do not fit, and names them as unavailable", async () => {
    const notes = await member({ "tools/list": pagesOf(12, (page) => `${"c".repeat(20_000)} ${page}`) });
    const started = await endpoint({ notes, reports: await paged() });
    const response = await clientOf(started.url).request("tools/list");
    expect(notice(response)).toEqual(["notes"]);
    const rest = await clientOf(started.url).request("tools/list", {
      cursor: jsonOf(response).result.nextCursor,
    });
    expect(toolNames(rest)).toEqual(["reports__tool-10", "reports__tool-11"]);
    expect(auditLines(started).find((line) => line["members_unavailable"])).toMatchObject({
      members_unavailable: ["notes: the cursor is too long"],
    });
  });

  it("may be null, like no cursor", async () => {
    const { url } = await endpoint({ notes: await paged(), reports: await paged() });
    expect(toolNames(await clientOf(url).request("tools/list", { cursor: null }))).toHaveLength(20);
  });

  it("leads to the page that a member failed to send", async () => {
    let failures = 1;
    const notes = await member({
      "tools/list": (response, request) => {
        const isSecond = String(request.body).includes("page 1");
        if (isSecond && failures-- > 0) return rpcError(500, -32603)(response, request);
        return pagesOf(3)(response, request);
      },
    });
    const { url } = await endpoint({ notes, reports: await member({ "tools/list": pagesOf(1) }) });
    const response = await clientOf(url).request("tools/list");
    expect(toolNames(response)).toEqual(["notes__tool-0", "reports__tool-0"]);
    const rest = await clientOf(url).request("tools/list", { cursor: jsonOf(response).result.nextCursor });
    expect(toolNames(rest)).toEqual(["notes__tool-1", "notes__tool-2"]);
  });
});

describe("a merged list without any member's part", () => {
  it("is an error with the reason of the first member", async () => {
    const url = `http://127.0.0.1:${await closedPort()}/mcp`;
    const started = await endpoint({ notes: { url }, reports: { url } });
    const merged = await clientOf(started.url).request("tools/list");
    expect([merged.status, jsonOf(merged).error.data.reason]).toEqual([502, "downstream_unreachable"]);
    expect(jsonOf(merged).error.message).toContain("notes, reports");
  });
});

describe("a merged list in a session", () => {
  it("sends each member only its own session", async () => {
    const notes = await member({ "tools/list": jsonResult(tools("a")) });
    const client = await openSession(await endpoint({ notes, reports: await member() }));
    notes.clear();
    await client.request("tools/list");
    const headers = notes.requests[0]?.rawHeaders ?? [];
    expect(headers).toContain("session-1");
    expect(headers).not.toContain(client.headers[1]);
  });
});
