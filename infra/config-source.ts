// Reads the source form of a gateway's configuration, gateway.json and servers/<name>.json, from a directory, and
// reports everything wrong with it by file and line.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { challengedDocument } from "../functions/core/challenge.ts";
import { effectiveServer, isServerName } from "../functions/core/config/effective-server.ts";
import type { ConfigFault } from "../functions/core/config/faults.ts";
import { type GatewayConfig, parseGatewayConfig } from "../functions/core/config/gateway-config.ts";
import {
  deployedText,
  type JsonLines,
  STANDARD_PARAMETER_BYTES,
  scanJson,
} from "../functions/core/config/parse-config.ts";
import { misplacedSecretFaults } from "../functions/core/config/secret-references.ts";
import { parseServerConfig, type ServerConfig } from "../functions/core/config/server-config.ts";
import { configWarnings } from "../functions/core/config/warnings.ts";
import { quote } from "../functions/core/safe-text.ts";
import { challengeSettings, ROOT_DOCUMENT_NOTE } from "./challenge-settings.ts";

/** A configuration file as it stands on disk. */
export type ConfigFile = { file: string; text: string };

/** The files of one gateway. */
export type ConfigSource = { gateway: ConfigFile; servers: (ConfigFile & { name: string })[] };

/** A fault and where it stands; `line` counts from 1. */
export type SourceFault = { file: string; line?: number; fault: ConfigFault };

const SERVER_FILE = /^(.*)\.json$/;

/** Reads the files, without judging them. @throws Error when the directory or its gateway.json cannot be read */
export function readConfigSource(dir: string): ConfigSource {
  if (!statSync(dir, { throwIfNoEntry: false })?.isDirectory()) throw new Error(`no such directory: ${dir}`);
  const gateway = join(dir, "gateway.json");
  if (!statSync(gateway, { throwIfNoEntry: false })?.isFile()) {
    throw new Error(
      `no file gateway.json in ${dir}. It describes the gateway; config/gateway.json is an example.`,
    );
  }
  return { gateway: readConfigFile(gateway), servers: readServers(join(dir, "servers")) };
}

/**
 * Finds all faults of all files, in the order of files and lines.
 *
 * @param prefix SSM path that they are for, below which no secret may lie; left out: that of any gateway with the default name
 */
export function validateConfigSource(source: ConfigSource, prefix?: string): SourceFault[] {
  const gateway = parseGatewayConfig(source.gateway.text);
  const found = gateway.ok ? misplacedSecretFaults(gateway.config, prefix) : gateway.faults;
  const faults = locate(source.gateway, found);
  for (const server of source.servers) {
    faults.push(...locate(server, serverFaults(server, gateway.ok ? gateway.config : undefined, prefix)));
  }
  return faults;
}

/** Finds what is allowed but seldom meant, in files without faults. */
export function warnConfigSource(source: ConfigSource): SourceFault[] {
  const gateway = parseGatewayConfig(source.gateway.text);
  const warnings = gateway.ok
    ? locate(source.gateway, [
        ...fileWarnings(source.gateway.text, gateway.config),
        ...challengeWarnings(gateway.config, source.servers),
      ])
    : [];
  for (const file of source.servers) {
    const server = parseServerConfig(file.text);
    if (server.ok) warnings.push(...locate(file, fileWarnings(file.text, server.config)));
  }
  return warnings;
}

// Without public_url it is not known here whether there is a domain: the synthesis says it then.
function challengeWarnings(gateway: GatewayConfig, servers: ConfigSource["servers"]): ConfigFault[] {
  const { public_url: publicUrl } = gateway;
  if (publicUrl === undefined) return [];
  const settings = challengeSettings(gateway, servers);
  const names = settings.servers?.map(({ name }) => name);
  return challengedDocument({ ...settings, servers: names, publicUrl }) === "root"
    ? [{ path: "public_url", message: ROOT_DOCUMENT_NOTE }]
    : [];
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
  // Without a valid gateway.json the two cannot be held together; its own faults are reported instead.
  const merged = gateway && effectiveServer(name, gateway, server.config);
  const misplaced = misplacedSecretFaults(server.config, prefix);
  return merged === undefined || merged.ok ? misplaced : [...merged.faults, ...misplaced];
}

function fileNameFault(file: string): ConfigFault {
  return {
    path: "",
    message: `${quote(basename(file))} is no name for a server: expected <name>.json with a-z, 0-9 and "-", at most 63 characters. Rename the file, or move it elsewhere.`,
  };
}

function locate({ file, text }: ConfigFile, faults: readonly ConfigFault[]): SourceFault[] {
  const { lines } = scanJson(text);
  return faults
    .map((fault) => ({ file, line: fault.line ?? lineOf(fault.path, lines), fault }))
    .sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
}

/** The line of a path, or of the nearest enclosing one where the key itself is missing. */
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
      // A file of another kind keeps its whole name, which is no server name: it is reported, not passed over.
      name: SERVER_FILE.exec(fileName)?.[1] ?? fileName,
      ...readConfigFile(join(dir, fileName)),
    }));
}

function readConfigFile(file: string): ConfigFile {
  return { file, text: readFileSync(file, "utf8") };
}
