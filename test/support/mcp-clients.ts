// Real MCP clients for tests, one for each way that clients speak today.
import {
  Client,
  type ClientOptions,
  StreamableHTTPClientTransport,
  type StreamableHTTPClientTransportOptions,
} from "@modelcontextprotocol/client";

/** The two eras, for `describe.each`. */
export const ERAS = ["2025-11-25", "2026-07-28"] as const;

export type Era = (typeof ERAS)[number];

export type ConnectOptions = { client?: ClientOptions; transport?: StreamableHTTPClientTransportOptions };

/** Connects the official 2.x client at exactly the given revision. */
export async function connectClient(url: string, era: Era, options: ConnectOptions = {}): Promise<Client> {
  const mode = era === "2026-07-28" ? { pin: era } : "legacy";
  const client = new Client(
    { name: "test", version: "1.0.0" },
    { ...options.client, versionNegotiation: { mode } },
  );
  await client.connect(new StreamableHTTPClientTransport(new URL(url), options.transport));
  return client;
}
