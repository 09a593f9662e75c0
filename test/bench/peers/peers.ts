// The programs that the gateway is compared with, installed from npm with their own lock file, and run with the same upstream and keys.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { AUDIENCE, type GatewayServices, ISSUER } from "../services/gateway-services.ts";
import { type ServedSubject, startNode } from "../services/processes.ts";

/** The peers by name. */
export const SDK_BEARER = "MCP SDK's bearer middleware, http-proxy";
export const MCP_PROXY = "mcp-proxy, jose";

const PROGRAMS = { [SDK_BEARER]: "sdk-bearer.mjs", [MCP_PROXY]: "mcp-proxy.mjs" };
const PACKAGES = ["express", "http-proxy", "mcp-proxy", "@modelcontextprotocol/client"];

/** Installs the peers if they are not installed yet. */
export function installPeers(): void {
  const isInstalled = (name: string) => existsSync(join(import.meta.dirname, "node_modules", name));
  if (PACKAGES.every(isInstalled)) return;
  console.log("Installing the peers from npm (test/bench/peers)");
  const options = { cwd: import.meta.dirname, stdio: "ignore" } as const;
  execFileSync("npm", ["ci", "--no-audit", "--no-fund"], options);
}

/** Starts a peer. mcp-proxy needs an MCP server as its upstream. */
export function startPeer(
  name: keyof typeof PROGRAMS,
  upstreamUrl: string,
  { publicJwk }: GatewayServices,
): Promise<ServedSubject> {
  return startNode(join(import.meta.dirname, PROGRAMS[name]), {
    UPSTREAM_URL: upstreamUrl,
    PUBLIC_JWK: JSON.stringify(publicJwk),
    ISSUER,
    AUDIENCE,
  });
}
