// Reads the source form of a gateway's configuration, gateway.json and servers/<name>.json, from a directory, and
// reports everything wrong with it by file and line.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { combinedMemberFaults } from "../functions/core/config/checks/combined-members.ts";
import {
  gatewayMergedWarnings,
  serverMergedWarnings,
} from "../functions/core/config/checks/merged-warnings.ts";
import { configMistakes, configWarnings } from "../functions/core/config/checks/warnings.ts";
import { type EffectiveServer, effectiveServer } from "../functions/core/config/effective-server.ts";
import { type ConfigFault, nearestName } from "../functions/core/config/faults.ts";
import { type GatewayConfig, parseGatewayConfig } from "../functions/core/config/gateway-config.ts";
import {
  deployedText,
  type JsonLines,
  STANDARD_PARAMETER_BYTES,
  scanJson,
} from "../functions/core/config/parse-config.ts";
import { misplacedSecretFaults } from "../functions/core/config/secret-references.ts";
import { parseServerConfig, type ServerConfig } from "../functions/core/config/server-config.ts";
import { isServerName } from "../functions/core/config/server-name.ts";
import { quote } from "../functions/core/safe-text.ts";
import { challengeChoice, challengeSettings } from "./challenge-settings.ts";

/** A configuration file and its text. */
export type ConfigFile = { file: string; text: string };

/** The files of one gateway. */
export type ConfigSource = {
  gateway: ConfigFile;
  servers: (ConfigFile & { name: string })[];
  /** files that look like a part of the configuration but are not read */
  strays?: { faults: readonly SourceFault[]; warnings: readonly SourceFault[] };
};

/** An error in a file; `line` counts from 1. */
export type SourceFault = { file: string; line?: number; fault: ConfigFault };

/** `config/servers/a.json:3: url: what is wrong` */
export function faultLine({ file, line, fault }: SourceFault): string {
  const place = line === undefined ? file : `${file}:${line}`;
  return fault.path === "" ? `${place}: ${fault.message}` : `${place}: ${fault.path}: ${fault.message}`;
}

const SERVER_FILE = /^(.*)\.json$/;

/** Reads the files, without validating them. @throws Error when the directory or its gateway.json cannot be read */
export function readConfigSource(dir: string): ConfigSource {
  if (!statSync(dir, { throwIfNoEntry: false })?.isDirectory()) throw new Error(`no such directory: ${dir}`);
  const gateway = join(dir, "gateway.json");
  if (!statSync(gateway, { throwIfNoEntry: false })?.isFile()) {
    const meant = readdirSync(dir).find(
      (name) => nearestName(name.replace(/\.\w+$/, ""), ["gateway"]) !== undefined,
    );
    const advice =
      meant === undefined ? "config/gateway.json is an example." : `Rename ${quote(meant)} if that is it.`;
    throw new Error(`no file gateway.json in ${dir}. It describes the gateway. ${advice}`);
  }
  const servers = join(dir, "servers");
  const strays = { faults: straysBeside(dir), warnings: straysAmongServers(servers) };
  const hasStrays = strays.faults.length + strays.warnings.length > 0;
  return {
    gateway: readConfigFile(gateway),
    servers: readServers(servers),
    ...(hasStrays && { strays }),
  };
}

/**
 * Returns all errors of all files, in the order of files and lines.
 *
 * @param prefix SSM path of the configuration, which must not contain secrets; default: the path of any gateway with the default name
 */
export function validateConfigSource(source: ConfigSource, prefix?: string): SourceFault[] {
  const gateway = parseGatewayConfig(source.gateway.text);
  const found = gateway.ok
    ? [
        ...misplacedSecretFaults(gateway.config, prefix),
        ...configMistakes(gateway.config),
        ...combinedMemberFaults(gateway.config, new Set(source.servers.map(({ name }) => name))),
      ]
    : gateway.faults;
  const faults = locate(source.gateway, found);
  for (const server of source.servers) {
    faults.push(...locate(server, serverFaults(server, gateway.ok ? gateway.config : undefined, prefix)));
  }
  return [...faults, ...(source.strays?.faults ?? [])];
}

/** The servers as the functions will have them, without invalid ones. */
export function effectiveServers(gateway: GatewayConfig, files: ConfigSource["servers"]): EffectiveServer[] {
  return files.flatMap(({ name, text }) => {
    const parsed = parseServerConfig(text);
    const effective = parsed.ok ? effectiveServer(name, gateway, parsed.config) : undefined;
    return effective?.ok ? [effective.server] : [];
  });
}

/** The names of the members of the combined endpoint; undefined without it, or if gateway.json is invalid. */
export function combinedMembers(source: ConfigSource): readonly string[] | undefined {
  const gateway = parseGatewayConfig(source.gateway.text);
  const servers = gateway.ok ? gateway.config.combined?.servers : undefined;
  if (servers !== "all") return servers;
  return source.servers.filter(isEnabled).map(({ name }) => name);
}

/** A server whose file is invalid counts as enabled: its own errors are reported. */
function isEnabled({ text }: ConfigFile): boolean {
  const server = parseServerConfig(text);
  return !server.ok || server.config.enabled;
}

/** Warns about valid settings that are probably a mistake. */
export function warnConfigSource(source: ConfigSource): SourceFault[] {
  const gateway = parseGatewayConfig(source.gateway.text);
  const parsed = source.servers.map((file) => ({ file, server: parseServerConfig(file.text) }));
  const areAllValid = parsed.every(({ server }) => server.ok);
  const valid = parsed.flatMap(({ file, server }) => (server.ok ? [{ file, config: server.config }] : []));
  const warnings: SourceFault[] = [];
  if (gateway.ok) {
    const servers = new Map(valid.map(({ file, config }) => [file.name, config]));
    // If a file is not read, the number of servers is unknown.
    const merged =
      areAllValid && source.strays === undefined ? gatewayMergedWarnings(gateway.config, servers) : [];
    const own = fileWarnings(source.gateway.text, gateway.config);
    warnings.push(
      ...locate(source.gateway, [...own, ...challengeWarnings(gateway.config, source.servers), ...merged]),
    );
  }
  for (const { file, config } of valid) {
    const merged = gateway.ok ? serverMergedWarnings(file.name, gateway.config, config) : [];
    warnings.push(...locate(file, [...fileWarnings(file.text, config), ...merged]));
  }
  return [...warnings, ...(source.strays?.warnings ?? [])];
}

// Without public_url the synthesis warns, which knows whether there is a domain.
function challengeWarnings(gateway: GatewayConfig, servers: ConfigSource["servers"]): ConfigFault[] {
  const { public_url: publicUrl } = gateway;
  if (publicUrl === undefined) return [];
  const { note: message } = challengeChoice(
    challengeSettings(gateway, effectiveServers(gateway, servers)),
    publicUrl,
  );
  return message === undefined ? [] : [{ path: "public_url", message }];
}

function fileWarnings(text: string, config: GatewayConfig | ServerConfig): ConfigFault[] {
  const bytes = Buffer.byteLength(deployedText(text));
  const size =
    bytes > STANDARD_PARAMETER_BYTES
      ? [
          {
            path: "",
            message: `${bytes} bytes need an Advanced SSM parameter, which AWS charges for; up to ${STANDARD_PARAMETER_BYTES} are free.`,
          },
        ]
      : [];
  return [...size, ...configWarnings(config)];
}

function serverFaults(
  { name, file, text }: ConfigSource["servers"][number],
  gateway: GatewayConfig | undefined,
  prefix: string | undefined,
): ConfigFault[] {
  if (!isServerName(name)) return [fileNameFault(file)];
  const server = parseServerConfig(text);
  if (!server.ok) return server.faults;
  // A server can only be checked against a valid gateway.json; otherwise the errors of gateway.json are reported.
  const merged = gateway && effectiveServer(name, gateway, server.config);
  const misplaced = [...misplacedSecretFaults(server.config, prefix), ...configMistakes(server.config)];
  return merged === undefined || merged.ok ? misplaced : [...merged.faults, ...misplaced];
}

function fileNameFault(file: string): ConfigFault {
  return {
    path: "",
    message: `${quote(basename(file))} is not a valid file name for a server: expected <name>.json with a-z, 0-9 and "-", at most 63 characters. Rename the file, or move it elsewhere.`,
  };
}

function locate({ file, text }: ConfigFile, faults: readonly ConfigFault[]): SourceFault[] {
  const { lines } = scanJson(text);
  return faults
    .map((fault) => ({ file, line: fault.line ?? lineOf(fault.path, lines), fault }))
    .sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
}

/** The line of a path, or of the nearest enclosing path if the key is missing. */
function lineOf(path: string, lines: JsonLines): number | undefined {
  if (path === "") return undefined;
  for (let end = path.length; end > 0; end--) {
    const line =
      end === path.length || /[.[]/.test(path.charAt(end)) ? lines.get(path.slice(0, end)) : undefined;
    if (line !== undefined) return line;
  }
  return lines.get("");
}

function readServers(dir: string): ConfigSource["servers"] {
  if (!statSync(dir, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(dir, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith(".") && !entry.name.endsWith(".md"))
    .map((entry) => entry.name)
    .sort()
    .map((fileName) => ({
      // A file with another extension keeps its whole name, which is not a valid server name, so that it is reported.
      name: SERVER_FILE.exec(fileName)?.[1] ?? fileName,
      ...readConfigFile(join(dir, fileName)),
    }));
}

/** Reports a directory with a name like `servers`, or a server's file next to gateway.json: neither is read. */
function straysBeside(dir: string): SourceFault[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const file = join(dir, entry.name);
    if (entry.isDirectory()) {
      const isMeant = entry.name !== "servers" && nearestName(entry.name, ["servers"]) !== undefined;
      return isMeant
        ? stray(file, `is not read: servers are described in ${quote("servers")}. Rename the directory.`)
        : [];
    }
    const isServer = /\.json$/.test(entry.name) && entry.name !== "gateway.json" && describesServer(file);
    return isServer
      ? stray(file, `is not read: it describes a server, but is next to gateway.json. Move it into servers/.`)
      : [];
  });
}

function straysAmongServers(dir: string): SourceFault[] {
  if (!statSync(dir, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .filter((entry) =>
      readdirSync(join(dir, entry.name)).some((name) => describesServer(join(dir, entry.name, name))),
    )
    .flatMap((entry) =>
      stray(
        join(dir, entry.name),
        `is not read: a server is one file servers/<name>.json. Move its files up, or move the directory elsewhere.`,
      ),
    );
}

function describesServer(file: string): boolean {
  if (!file.endsWith(".json") || !statSync(file).isFile()) return false;
  const { faults, lines } = scanJson(readFileSync(file, "utf8"));
  return faults.length === 0 && lines.has("url");
}

function stray(file: string, message: string): SourceFault[] {
  return [{ file, fault: { path: "", message: `${quote(basename(file))} ${message}` } }];
}

function readConfigFile(file: string): ConfigFile {
  return { file, text: readFileSync(file, "utf8") };
}
