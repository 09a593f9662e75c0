// What the gateway is compared with, installed from npm by a lock file of its own, and started before the same upstream with the same keys.
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

/** Installs them where that was not done yet. */
export function installPeers(): void {
  const isInstalled = (name: string) => existsSync(join(import.meta.dirname, "node_modules", name));
  if (PACKAGES.every(isInstalled)) return;
  console.log("Installing the peers from npm (test/bench/peers)");
  const options = { cwd: import.meta.dirname, stdio: "ignore" } as const;
  execFileSync("npm", ["ci", "--no-audit", "--no-fund"], options);
}

/** Starts one. mcp-proxy needs an upstream that speaks MCP. */
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
