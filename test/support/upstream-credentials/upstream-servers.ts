// The servers that credentials come from and go to, for the tests of one file.
import { afterAll, beforeAll } from "vitest";
import { type Recorder, startRecorder } from "../recorder-server.ts";
import { type ConnectionsVault, startConnectionsVault } from "./connections-vault.ts";
import { startTokenEndpoint, type TokenEndpoint } from "./token-endpoint.ts";

type UpstreamServers = { mcpServer: Recorder; endpoint: TokenEndpoint; vault: ConnectionsVault };

/** Starts the servers before the tests of a file and closes them afterwards. @param managementKey accepted by the vault */
export function upstreamServers(managementKey?: string): UpstreamServers {
  const servers = {} as UpstreamServers;
  beforeAll(async () => {
    const [mcpServer, endpoint, vault] = await Promise.all([
      startRecorder(),
      startTokenEndpoint(),
      startConnectionsVault(managementKey),
    ]);
    Object.assign(servers, { mcpServer, endpoint, vault });
  });
  afterAll(() => Promise.all(Object.values(servers).map((server) => server.close())));
  return servers;
}
