// `config expand`: prints what the files stand for, with `descope` and all defaults written out, as JSON.
import { expandGatewayConfig, gatewayTokenBlock } from "../functions/core/config/effective-server.ts";
import { type GatewayConfig, parseGatewayConfig } from "../functions/core/config/gateway-config.ts";
import { parseServerConfig, type ServerConfig } from "../functions/core/config/server-config.ts";
import { jsonText } from "../functions/core/safe-text.ts";
import { readConfigSource, validateConfigSource } from "../infra/config-source.ts";
import type { Command } from "./terminal.ts";
import { validateCommand } from "./validate-command.ts";

/** Prints faults in place of the expansion, with exit code 1, where there are any. */
export const expandCommand: Command = async (dir, options, terminal) => {
  const source = readConfigSource(dir);
  if (validateConfigSource(source).length > 0) return validateCommand(dir, options, terminal);
  const gateway = accepted(parseGatewayConfig(source.gateway.text));
  const servers = source.servers.map(({ name, text }) => [
    name,
    expandServer(gateway, accepted(parseServerConfig(text))),
  ]);
  const expanded = { gateway: expandGatewayConfig(gateway), servers: Object.fromEntries(servers) };
  terminal.out(`${jsonText(expanded, 2)}\n`);
  return 0;
};

/** The server with the blocks that hold for it, its own or the gateway's. */
function expandServer(gateway: GatewayConfig, server: ServerConfig): ServerConfig {
  return {
    ...server,
    jwt_validation: server.jwt_validation ?? gatewayTokenBlock(gateway),
    user_identity_forwarding: server.user_identity_forwarding ?? gateway.user_identity_forwarding,
  };
}

function accepted<Config>(parsed: { ok: true; config: Config } | { ok: false }): Config {
  if (!parsed.ok) throw new Error("the files changed while they were read. Try again.");
  return parsed.config;
}
