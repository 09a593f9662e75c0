// The `notes` demo server: a separate service with its own accounts. It identifies users only by the tokens that it issued to
// Descope's Connections, and keeps the notes of each account in memory.
import {
  type CallToolResult,
  createMcpHandler,
  McpServer,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { z } from "zod";
import { type Downstream, type DownstreamOptions, listenMcp } from "./mcp-listener.ts";

export type NotesOptions = DownstreamOptions & {
  /** The account that a token belongs to; undefined: the token is not valid. */
  readonly accountOf: (token: string) => string | undefined;
};

const NOTE_LIMIT = 50;
const READ_ONLY = { readOnlyHint: true, openWorldHint: false };

/** Starts `notes` on 127.0.0.1. */
export function startNotes({ accountOf, ...options }: NotesOptions): Promise<Downstream> {
  const notesOf = new Map<string, string[]>();
  const handler = createMcpHandler(() => buildNotes((context) => notes(context)));
  const notes = ({ http }: ServerContext): string[] => {
    const account = accountOf(bearer(http?.req?.headers));
    if (account === undefined) throw new Error("the token expired during the request");
    const known = notesOf.get(account) ?? [];
    notesOf.set(account, known);
    return known;
  };
  const endpoint = {
    ...handler,
    fetch: async (request: Request) =>
      accountOf(bearer(request.headers)) === undefined ? unauthorized() : handler.fetch(request),
    close: () => handler.close(),
  };
  return listenMcp(endpoint, options);
}

function buildNotes(notes: (context: ServerContext) => string[]): McpServer {
  const server = new McpServer(
    { name: "notes", title: "Notes", version: "1.0.0" },
    { instructions: "Keeps notes for the account that the user has connected." },
  );
  server.registerTool(
    "add_note",
    {
      title: "Add a note",
      description: "Adds a note to the user's own.",
      inputSchema: z.object({ text: z.string().min(1).max(1000) }),
    },
    ({ text }, context) => {
      const own = notes(context);
      own.push(text);
      if (own.length > NOTE_LIMIT) own.shift();
      return shown(own);
    },
  );
  server.registerTool(
    "list_notes",
    { title: "List notes", description: "Lists the user's notes.", annotations: READ_ONLY },
    (context) => shown(notes(context)),
  );
  server.registerTool(
    "clear_notes",
    { title: "Clear notes", description: "Removes all of the user's notes." },
    (context) => {
      notes(context).length = 0;
      return shown([]);
    },
  );
  return server;
}

function shown(notes: readonly string[]): CallToolResult {
  const text =
    notes.length === 0 ? "No notes yet." : notes.map((note, at) => `${at + 1}. ${note}`).join("\n");
  return { content: [{ type: "text", text }] };
}

function bearer(headers: Headers | undefined): string {
  return /^Bearer (\S+)$/i.exec(headers?.get("authorization") ?? "")?.[1] ?? "";
}

function unauthorized(): Response {
  const error = { code: -32000, message: "The notes service requires its own token." };
  return Response.json(
    { jsonrpc: "2.0", id: null, error },
    { status: 401, headers: { "www-authenticate": 'Bearer error="invalid_token"' } },
  );
}
