// The `notes` demo server: notes by account, identified only by the token.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Downstream } from "../../../local/downstream/mcp-listener.ts";
import { startNotes } from "../../../local/downstream/notes.ts";
import { connectClient, ERAS, type Era } from "../../support/mcp-clients.ts";

let server: Downstream;
let accounts: Map<string, string>;
beforeEach(async () => {
  accounts = new Map([
    ["token-of-ann", "ann"],
    ["other-token-of-ann", "ann"],
    ["token-of-bob", "bob"],
  ]);
  server = await startNotes({ accountOf: (token) => accounts.get(token) });
});
afterEach(() => server.close());

const connectAs = (era: Era, token: string) =>
  connectClient(server.url, era, {
    transport: { requestInit: { headers: { Authorization: `Bearer ${token}` } } },
  });
const textOf = (result: unknown) => (result as { content: { text: string }[] }).content[0]?.text;

describe.each(ERAS)("notes over %s", (era) => {
  test("separates the notes of accounts, whichever of an account's tokens is used", async () => {
    const clients = await Promise.all(
      ["token-of-ann", "other-token-of-ann", "token-of-bob"].map((token) => connectAs(era, token)),
    );
    const [ann, annToo, bob] = clients;
    const list = { name: "list_notes", arguments: {} };
    expect(textOf(await ann?.callTool(list))).toBe("No notes yet.");
    await ann?.callTool({ name: "add_note", arguments: { text: "buy milk" } });
    await annToo?.callTool({ name: "add_note", arguments: { text: "call Bob" } });
    expect(textOf(await bob?.callTool(list))).toBe("No notes yet.");
    expect(textOf(await ann?.callTool(list))).toBe("1. buy milk\n2. call Bob");
    expect(textOf(await ann?.callTool({ name: "clear_notes", arguments: {} }))).toBe("No notes yet.");
    await Promise.all(clients.map((client) => client.close()));
  });
});

test("keeps at most 50 notes of an account and evicts the oldest", async () => {
  const client = await connectAs("2026-07-28", "token-of-bob");
  let last: unknown;
  for (let note = 1; note <= 51; note += 1) {
    last = await client.callTool({ name: "add_note", arguments: { text: `note ${note}` } });
  }
  expect(textOf(last)?.split("\n")).toHaveLength(50);
  expect(textOf(last)).toMatch(/^1\. note 2\n/);
  await client.close();
});

test.each([
  ["no token", {}],
  ["an unknown token", { authorization: "Bearer guess" }],
  ["a token in another scheme", { authorization: "Basic token-of-ann" }],
  ["two words", { authorization: "Bearer token-of-ann token-of-bob" }],
])("responds to %s with 401 and a challenge", async (_case, headers) => {
  const response = await fetch(server.url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }),
  });
  expect(response.status).toBe(401);
  expect(response.headers.get("www-authenticate")).toBe('Bearer error="invalid_token"');
  expect(await response.json()).toMatchObject({ jsonrpc: "2.0", error: { code: -32000 } });
});
