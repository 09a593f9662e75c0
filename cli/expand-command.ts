// `config expand`: prints the configuration as JSON, with `descope` and all defaults written out.
import { expandGatewayConfig, expandServerTokens } from "../functions/core/config/effective-tokens.ts";
import { type GatewayConfig, parseGatewayConfig } from "../functions/core/config/gateway-config.ts";
import { parseServerConfig, type ServerConfig } from "../functions/core/config/server-config.ts";
import { jsonText } from "../functions/core/safe-text.ts";
import { readConfigSource, validateConfigSource } from "../infra/config-source.ts";
import type { Command } from "./terminal.ts";
import { validateCommand } from "./validate-command.ts";

const EITHER_OR = `
A "descope" block without "issuers" is not expanded, because "jwt_validation" cannot express it. It allows the MCP Server's own issuer
with any "aud", and the project's other issuers if "aud" contains this gateway's URL or an "audience". With an "audience", "aud" must
contain one of its values in both cases. "issuers": "agentic" restricts it to one exact issuer.
`;

/** Prints errors instead of the expansion, with exit code 1, if the files are invalid. */
export const expandCommand: Command = async (dir, options, terminal) => {
  const source = readConfigSource(dir);
  if (validateConfigSource(source).length > 0) return validateCommand(dir, options, terminal);
  const gateway = accepted(parseGatewayConfig(source.gateway.text));
  const servers = source.servers.map(({ name, text }): [string, ServerConfig] => [
    name,
    expandServer(gateway, accepted(parseServerConfig(text))),
  ]);
  const expanded = { gateway: expandGatewayConfig(gateway), servers: Object.fromEntries(servers) };
  terminal.out(`${jsonText(expanded, 2)}\n`);
  const all = [expanded.gateway, ...servers.map(([, server]) => server)];
  if (all.some(({ descope }) => descope !== undefined)) terminal.err(EITHER_OR);
  return 0;
};

/** The server with its effective blocks: its own or the gateway's. */
function expandServer(gateway: GatewayConfig, server: ServerConfig): ServerConfig {
  return {
    ...server,
    ...expandServerTokens(server, gateway),
    user_identity_forwarding: server.user_identity_forwarding ?? gateway.user_identity_forwarding,
  };
}

function accepted<Config>(parsed: { ok: true; config: Config } | { ok: false }): Config {
  if (!parsed.ok) throw new Error("the files changed while being read. Try again.");
  return parsed.config;
}
