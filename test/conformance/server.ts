// The server for the conformance suites, called directly and through the gateway. It has the tools, resources and prompts that they
// require, in both eras on one endpoint.
import { McpServer, type ProtocolEra } from "@modelcontextprotocol/server";
import { bothEras } from "../../local/downstream/both-eras.ts";
import { type Downstream, type DownstreamOptions, listenMcp } from "../../local/downstream/mcp-listener.ts";
import { registerAskingFixtures } from "./fixture-asking.ts";
import { registerContentFixtures } from "./fixture-content.ts";
import { registerInputRequiredFixtures, requestState } from "./fixture-input-required.ts";
import { registerPromptFixtures, registerResourceFixtures } from "./fixture-resources.ts";
import { registerRunningFixtures } from "./fixture-running.ts";

/** How long a client waits before it resumes a closed stream; the suites wait that long. */
const RETRY_MS = 500;

/** Starts the conformance server on 127.0.0.1. */
export function startConformanceServer(options: DownstreamOptions = {}): Promise<Downstream> {
  const endpoint = bothEras(({ era }) => build(era), { retryMs: RETRY_MS });

  function build(era: ProtocolEra): McpServer {
    const server = new McpServer(
      { name: "conformance", version: "1.0.0" },
      {
        capabilities: {
          tools: { listChanged: true },
          prompts: { listChanged: true },
          resources: { subscribe: true, listChanged: true },
          logging: {},
          completions: {},
        },
        requestState: { verify: requestState.verify },
      },
    );
    registerContentFixtures(server, endpoint.notify);
    registerRunningFixtures(server);
    registerInputRequiredFixtures(server);
    registerResourceFixtures(server);
    registerPromptFixtures(server);
    server.server.setRequestHandler("completion/complete", () => ({ completion: { values: [], total: 0 } }));
    registerAskingFixtures(server);
    if (era === "legacy") acceptSubscriptions(server);
    return server;
  }

  return listenMcp(endpoint, options);
}

/** The suites only require that subscribing succeeds; no resource changes. */
function acceptSubscriptions(server: McpServer): void {
  server.server.setRequestHandler("resources/subscribe", () => ({}));
  server.server.setRequestHandler("resources/unsubscribe", () => ({}));
}
