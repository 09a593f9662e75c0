import type { Client } from "@modelcontextprotocol/client";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startEverything } from "../../../local/downstream/everything.ts";
import type { Downstream } from "../../../local/downstream/mcp-listener.ts";
import { connectClient } from "../../support/mcp-clients.ts";

const WELCOME = "note://board/welcome";
let server: Downstream;
let client: Client;
let getStream: Promise<void>;

beforeEach(async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  getStream = promise;
  server = await startEverything({ onRequest: ({ method }) => (method === "GET" ? resolve() : undefined) });
});
afterEach(async () => {
  await client.close();
  await server.close();
});

function nextNotification(
  method: "notifications/resources/updated" | "notifications/resources/list_changed",
) {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  client.setNotificationHandler(method, async ({ params }) => resolve(params));
  return promise;
}

/** The client opens its GET stream in the background; what the server sends before that is lost. */
async function connectSession(): Promise<void> {
  client = await connectClient(server.url, "2025-11-25");
  await getStream;
}

async function writeNote(name: string): Promise<void> {
  await client.callTool({ name: "write_note", arguments: { name, text: "new" } });
}

test("everything notifies a subscribed session of changes on its GET stream", async () => {
  await connectSession();
  const updated = nextNotification("notifications/resources/updated");
  await client.subscribeResource({ uri: WELCOME });
  await writeNote("welcome");
  expect(await updated).toMatchObject({ uri: WELCOME });
  const listChanged = nextNotification("notifications/resources/list_changed");
  await writeNote("another");
  await listChanged;
});

test("everything stops notifying an unsubscribed session", async () => {
  await connectSession();
  const seen: unknown[] = [];
  client.setNotificationHandler(
    "notifications/resources/updated",
    async ({ params }) => void seen.push(params.uri),
  );
  await client.subscribeResource({ uri: WELCOME });
  await client.unsubscribeResource({ uri: WELCOME });
  await writeNote("welcome");
  const listChanged = nextNotification("notifications/resources/list_changed");
  await writeNote("later");
  await listChanged;
  expect(seen).toEqual([]);
});

test("everything notifies open 2026-07-28 subscriptions of changes", async () => {
  client = await connectClient(server.url, "2026-07-28");
  const updated = nextNotification("notifications/resources/updated");
  const listChanged = nextNotification("notifications/resources/list_changed");
  const filter = { resourceSubscriptions: [WELCOME], resourcesListChanged: true };
  const subscription = await client.listen(filter);
  expect(subscription.honoredFilter).toEqual(filter);
  await writeNote("welcome");
  expect(await updated).toMatchObject({ uri: WELCOME });
  await writeNote("another");
  await listChanged;
  await subscription.close();
});

test("everything sends a session the log messages of its level and above", async () => {
  client = await connectClient(server.url, "2025-11-25");
  const levels: string[] = [];
  client.setNotificationHandler(
    "notifications/message",
    async ({ params }) => void levels.push(params.level),
  );
  await client.setLoggingLevel("critical");
  await client.callTool({ name: "log_messages", arguments: {} });
  expect(levels).toEqual(["critical", "alert", "emergency"]);
});

test("everything sends a 2026-07-28 request only the log messages that it requests", async () => {
  client = await connectClient(server.url, "2026-07-28");
  const levels: string[] = [];
  client.setNotificationHandler(
    "notifications/message",
    async ({ params }) => void levels.push(params.level),
  );
  await client.callTool({ name: "log_messages", arguments: {} });
  expect(levels).toEqual([]);
  const _meta = { "io.modelcontextprotocol/logLevel": "alert" };
  await client.callTool({ name: "log_messages", arguments: {}, _meta });
  expect(levels).toEqual(["alert", "emergency"]);
});
