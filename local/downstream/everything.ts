// The `everything` demo server: every feature of the protocol that the SDK offers, in both eras on one endpoint.
// 2025-era clients get sessions, a GET stream and resumption; 2026-07-28 clients are served without state.
import { McpServer, type ProtocolEra } from "@modelcontextprotocol/server";
import { registerAskingTools } from "./asking-tools.ts";
import { bothEras } from "./both-eras.ts";
import { registerContentTools } from "./content-tools.ts";
import { type Downstream, type DownstreamOptions, listenMcp } from "./mcp-listener.ts";
import { createNoteBoard, type NoteBoard } from "./note-board.ts";
import { registerPrompts } from "./prompts.ts";
import { registerResources } from "./resources.ts";
import { registerRunningTools } from "./running-tools.ts";

/** Starts `everything` on 127.0.0.1. */
export function startEverything(options: DownstreamOptions = {}): Promise<Downstream> {
  const board = createNoteBoard();
  const endpoint = bothEras(({ era }) => buildEverything(board, era));
  board.onChange(({ uri, added }) => {
    endpoint.notify.resourceUpdated(uri);
    if (added) endpoint.notify.resourcesChanged();
  });
  return listenMcp(endpoint, options);
}

function buildEverything(board: NoteBoard, era: ProtocolEra): McpServer {
  const server = new McpServer(
    { name: "everything", title: "Everything", version: "1.0.0" },
    {
      capabilities: { logging: {}, completions: {}, resources: { subscribe: true, listChanged: true } },
      instructions: "A server to try every feature of MCP with.",
    },
  );
  registerContentTools(server);
  registerRunningTools(server, board);
  registerAskingTools(server);
  registerResources(server, board);
  registerPrompts(server);
  if (era === "legacy") notifySubscribers(server, board);
  return server;
}

/** 2025-era subscriptions live in the session; those of 2026-07-28 are kept by the SDK's handler. */
function notifySubscribers(server: McpServer, board: NoteBoard): void {
  const subscribed = new Set<string>();
  server.server.setRequestHandler("resources/subscribe", ({ params }) => {
    subscribed.add(params.uri);
    return {};
  });
  server.server.setRequestHandler("resources/unsubscribe", ({ params }) => {
    subscribed.delete(params.uri);
    return {};
  });
  server.server.onclose = board.onChange(({ uri, added }) => {
    if (subscribed.has(uri)) void server.server.sendResourceUpdated({ uri });
    if (added) server.sendResourceListChanged();
  });
}
