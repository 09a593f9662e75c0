// The local gateway in front of one MCP server, with the local sign-in server, for a run of the suites.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startGateway } from "../../local/gateway.ts";
import { startSignIn } from "../../local/sign-in/sign-in-server.ts";
import { closedPort } from "../support/loopback-server.ts";
import type { Target } from "./run-suite.ts";

const NAME = "conformance";
const IDS = {
  project_id: "P2ConformanceProject00000000000",
  mcp_server_id: "MS2ConformanceServer0000000000",
};

/** The running gateway's endpoints for the server, with the token of a user who may call everything. */
export type GatewayUnderTest = {
  /** the server's own URL */
  gateway: Target;
  /** the combined endpoint with the server as its only member, whose names it does not prefix */
  combined: Target;
  close: () => Promise<void>;
};

/** Starts the gateway in front of `downstreamUrl`. */
export async function startGatewayUnderTest(downstreamUrl: string): Promise<GatewayUnderTest> {
  // The public URL is part of the configuration, so the port must be known before the gateway starts.
  const port = await closedPort();
  const publicUrl = `http://127.0.0.1:${port}`;
  const signIn = await startSignIn({
    projectId: IDS.project_id,
    mcpServerId: IDS.mcp_server_id,
    resource: publicUrl,
  });
  const configDir = await writeConfig(publicUrl, signIn.baseUrl, downstreamUrl);
  const gateway = await startGateway({ configDir, port });
  const token = await signIn.issueToken({ user: "pro" });
  return {
    gateway: { url: `${publicUrl}/${NAME}/mcp`, token },
    combined: { url: `${publicUrl}/mcp`, token },
    close: async () => {
      await gateway.close();
      await signIn.close();
      await rm(configDir, { recursive: true, force: true });
    },
  };
}

async function writeConfig(publicUrl: string, signInUrl: string, downstreamUrl: string): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), "conformance-config-"));
  const gateway = {
    public_url: publicUrl,
    descope: { ...IDS, base_url: signInUrl },
    // The suites require that the server's own Origin is allowed and another one is denied.
    allowed_origins: [publicUrl],
    combined: { servers: [NAME], separator: "" },
  };
  await mkdir(path.join(directory, "servers"));
  await writeFile(path.join(directory, "gateway.json"), JSON.stringify(gateway));
  const server = { url: downstreamUrl };
  await writeFile(path.join(directory, "servers", `${NAME}.json`), JSON.stringify(server));
  return directory;
}
