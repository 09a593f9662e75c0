// Doubts about `upstream_auth`, the server's, the gateway's and those of tenants.
import { type ConfigFault, formatPath } from "../faults.ts";
import type { GatewayConfig } from "../gateway-config.ts";
import type { ServerConfig } from "../server-config.ts";

/** What one accepted file says that is probably not meant. */
export function upstreamWarnings(config: GatewayConfig | ServerConfig): ConfigFault[] {
  const tenants = Object.entries(("tenants" in config && config.tenants) || {});
  const blocks = [
    [["upstream_auth"], config.upstream_auth] as const,
    ...tenants.map(([id, { upstream_auth: block }]) => [["tenants", id, "upstream_auth"], block] as const),
  ];
  return blocks.flatMap(([path, block]) => {
    if (block?.type !== "descope_connection") return [];
    const at = (key: string) => formatPath([...path, key]);
    const warnings: ConfigFault[] = [];
    if (block.bypass_descope_policies)
      warnings.push({ path: at("bypass_descope_policies"), message: BYPASS });
    if (block.connect_url === undefined && block.level !== "tenant") {
      warnings.push({ path: at("connect_url"), message: WITHOUT_PAGE });
    }
    return warnings;
  });
}

const BYPASS =
  "a management key fetches tokens for every caller, and Descope checks no policy. Use it only at a server that takes tokens of this Descope project alone, or remove it: the caller's own token is used then.";
const WITHOUT_PAGE =
  'missing: users who have not connected an account are not told where to do so. Add "connect_url": "<one page for all users>".';
