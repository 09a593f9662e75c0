// Names of servers: a server named `notes` is at `/notes/mcp`.
import { type ConfigFault, quoteText } from "./faults.ts";
import type { GatewayConfig } from "./gateway-config.ts";

const SERVER_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

// A route of the gateway, and two paths that API Gateway reserves on a custom domain.
const RESERVED_NAMES: ReadonlySet<string> = new Set(["health", "ping", "sping"]);

/** Whether a name is valid in `/{server}/mcp`. */
export function isServerName(name: string): boolean {
  return SERVER_NAME.test(name);
}

/** The error of a server file's name. */
export function serverNameFaults(name: string, { combined }: GatewayConfig): ConfigFault[] {
  if (name === "mcp" && combined !== undefined) {
    const message = `the name "mcp" is reserved, because "combined" in gateway.json serves /mcp. Rename the file.`;
    return [{ path: "", message }];
  }
  if (RESERVED_NAMES.has(name)) {
    return [
      { path: "", message: `the name "${name}" is reserved for a path of the gateway. Rename the file.` },
    ];
  }
  if (isServerName(name)) return [];
  const message = `expected a server name of a-z, 0-9 and "-", at most 63 characters, got ${quoteText(name)}. Rename the file.`;
  return [{ path: "", message }];
}
