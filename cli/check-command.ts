// `config check`: calls the configured MCP servers from this machine and reports what is wrong with each.
import { statSync } from "node:fs";
import type { ConfigSnapshot } from "../functions/core/config-snapshot.ts";
import { jsonText, terminalText } from "../functions/core/safe-text.ts";
import { createHttpClient } from "../functions/platform/http-client.ts";
import { checkServer, type ServerFinding } from "./server-check.ts";
import { InvalidConfiguration, snapshotOfDirectory } from "./snapshot-source.ts";
import { type CommandOptions, type Terminal, UsageError } from "./terminal.ts";

/**
 * Runs the command.
 *
 * @param names a directory, a server, or both, in any order
 * @returns 0 if every server responds as an MCP server, otherwise 1
 */
export async function checkCommand(
  names: readonly string[],
  options: CommandOptions,
  terminal: Terminal,
): Promise<number> {
  const directories = names.filter(isDirectory);
  const servers = [
    ...names.filter((name) => !isDirectory(name)),
    ...(options.server ? [options.server] : []),
  ];
  if (directories.length > 1 || servers.length > 1)
    throw new UsageError("check accepts at most one SERVER and one DIR");
  const [dir = "config"] = directories;
  // `validate` reports configuration errors in detail; a missing file is a usage error, as in the other commands.
  const config = readConfig(dir, terminal);
  if (config === undefined) return 1;
  const chosen = chosenServers(config, servers[0]);
  const send = createHttpClient();
  const findings: ServerFinding[] = [];
  for (const server of chosen) findings.push(await checkServer(server, config.identityHeaderNames, send));
  const ok = findings.every((finding) => finding.ok);
  if (options.json) terminal.out(`${jsonText({ ok, servers: findings }, 2)}\n`);
  else terminal.out(findings.map((finding) => findingText(finding, terminal)).join("") + summary(findings));
  return ok ? 0 : 1;
}

function readConfig(dir: string, terminal: Terminal): ConfigSnapshot | undefined {
  if (!isDirectory(dir)) throw new Error(`no such directory: ${dir}`);
  try {
    return snapshotOfDirectory(dir);
  } catch (error) {
    if (!(error instanceof InvalidConfiguration)) throw error;
    terminal.err(`${terminal.style("red", "error")}: ${error.message}\n`);
    return undefined;
  }
}

function chosenServers({ servers }: ConfigSnapshot, name: string | undefined) {
  if (name === undefined) return [...servers.values()].filter(({ enabled }) => enabled);
  const server = servers.get(name);
  if (server === undefined) {
    const known = [...servers.keys()].join(", ") || "none";
    throw new UsageError(`unknown server: ${name}. The configuration has: ${known}`);
  }
  return [server];
}

function findingText({ server, url, ok, found, todo, notes }: ServerFinding, { style }: Terminal): string {
  const label = ok ? style("green", "ok   ") : style("red", "error");
  const lines = [
    `${label}  ${terminalText(server)}  ${style("cyan", terminalText(url))}`,
    `       ${terminalText(found)}`,
  ];
  if (todo !== undefined) lines.push(`       ${terminalText(todo)}`);
  for (const note of notes) lines.push(style("dim", `       note: ${terminalText(note)}`));
  return `${lines.join("\n")}\n`;
}

function summary(findings: readonly ServerFinding[]): string {
  const errors = findings.filter(({ ok }) => !ok).length;
  const count = `${findings.length} server${findings.length === 1 ? "" : "s"}`;
  const result = errors === 0 ? "no errors" : `${errors} error${errors === 1 ? "" : "s"}`;
  return `\n${count}: ${result}, as seen from this machine. The deployed gateway has its own network.\n`;
}

function isDirectory(name: string): boolean {
  return statSync(name, { throwIfNoEntry: false })?.isDirectory() === true;
}
