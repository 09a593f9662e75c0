// A gateway file and a server file, checked and merged.
import { effectiveServer } from "../../functions/core/config/effective-server.ts";
import { type GatewayConfig, parseGatewayConfig } from "../../functions/core/config/gateway-config.ts";
import { parseServerConfig, type ServerConfig } from "../../functions/core/config/server-config.ts";
import { faultLines, serverFile } from "./config-blocks.ts";

export const DESCOPE = { project_id: "P2abc", mcp_server_id: "MS2abc" };

export function gateway(config: Record<string, unknown> = { descope: DESCOPE }): GatewayConfig {
  const parsed = parseGatewayConfig(JSON.stringify(config));
  if (!parsed.ok) throw new Error(parsed.faults[0]?.message);
  return parsed.config;
}

export function server(changes: Record<string, unknown> = {}): ServerConfig {
  const parsed = parseServerConfig(JSON.stringify(serverFile(changes)));
  if (!parsed.ok) throw new Error(parsed.faults[0]?.message);
  return parsed.config;
}

export function merged(
  gatewayFile: Record<string, unknown> | undefined,
  serverChanges: Record<string, unknown> = {},
) {
  const result = effectiveServer("tools", gateway(gatewayFile), server(serverChanges));
  if (!result.ok) throw new Error(result.faults[0]?.message);
  return result.server;
}

export const faults = (
  gatewayFile: Record<string, unknown>,
  serverChanges: Record<string, unknown>,
  name = "tools",
) => faultLines(effectiveServer(name, gateway(gatewayFile), server(serverChanges)));
