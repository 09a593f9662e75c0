// Serves both eras of the protocol on one endpoint: 2026-07-28 requests go to the SDK's stateless handler, the rest to
// sessions. The SDK classifies requests, so that its error responses are those of the era.
import {
  createMcpHandler,
  isLegacyRequest,
  type McpServer,
  type ProtocolEra,
  type ServerNotifier,
} from "@modelcontextprotocol/server";
import { type LegacySessionOptions, legacySessions } from "./legacy-sessions.ts";
import type { McpEndpoint } from "./mcp-listener.ts";

/** An endpoint that serves both eras, and the way to reach open 2026-07-28 subscriptions. */
export type BothEras = McpEndpoint & { notify: ServerNotifier };

/** Creates the server for one session or one stateless request. */
export type ServerBuilder = (context: { era: ProtocolEra }) => McpServer;

/** `buildServer` runs once per session (`era: "legacy"`) and once per 2026-07-28 request (`era: "modern"`). */
export function bothEras(buildServer: ServerBuilder, options: LegacySessionOptions = {}): BothEras {
  const modern = createMcpHandler(buildServer, { legacy: "reject" });
  const sessions = legacySessions(() => buildServer({ era: "legacy" }), options);
  return {
    fetch: async (request) => ((await isLegacyRequest(request)) ? sessions : modern).fetch(request),
    close: async () => {
      await sessions.close();
      await modern.close();
    },
    notify: modern.notify,
  };
}
