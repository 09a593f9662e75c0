// `.local/gateways/<name>.json`: where a gateway of `npm start` answers, for the command line to find it. One file for each
// running gateway of this project, so that two of them share nothing.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commandText, PROJECT } from "../infra/package-paths.ts";
import type { ConfigOverlay } from "./config-overlay.ts";

/** Where a running local gateway is, and what it made of its files. */
export type GatewayFile = {
  /** the gateway's URL, no trailing slash */
  readonly url: string;
  readonly ssmEndpoint: string;
  /** undefined where it counts no rate limits */
  readonly dynamoDbEndpoint?: string | undefined;
  /** SSM path of its configuration */
  readonly prefix: string;
  /** directory that it was started with */
  readonly configDir: string;
  /** hosts that it replaces in the files */
  readonly overlay: ConfigOverlay;
  /** process that runs it */
  readonly pid: number;
};

const FOLDER = join(PROJECT, ".local", "gateways");

/** Name for the files of a gateway: its port, or its process where the port is any free one. */
export function localName(port: number): string {
  return port === 0 ? `process-${process.pid}` : String(port);
}

/** Writes the file. @returns removes it again */
export function writeGatewayFile(name: string, gateway: GatewayFile, folder = FOLDER): () => void {
  const file = join(folder, `${name}.json`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${JSON.stringify(gateway, null, 2)}\n`);
  return () => rmSync(file, { force: true });
}

/**
 * Reads the file of a running gateway.
 *
 * @param port of its URL; undefined: the only one that runs
 * @throws Error that says what to do where none or several run
 */
export function readGatewayFile(port?: number, folder = FOLDER): GatewayFile {
  const running = runningGateways(folder);
  const found = port === undefined ? running : running.filter((gateway) => portOf(gateway) === port);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (running.length === 0)
    throw new Error(
      `no local gateway is running. Start one with: ${commandText("local").replace(/ --$/, "")}`,
    );
  const ports = running.map(portOf).sort((a, b) => a - b);
  throw new Error(
    port === undefined
      ? `${running.length} local gateways are running, on the ports ${ports.join(" and ")}. Choose one with --port`
      : `no local gateway is running on port ${port}, but on ${ports.join(" and ")}`,
  );
}

/** Those whose process is alive; one that was killed left its file behind. */
function runningGateways(folder: string): GatewayFile[] {
  return names(folder)
    .map((name) => readOne(join(folder, name)))
    .filter((gateway) => gateway !== undefined && isAlive(gateway.pid)) as GatewayFile[];
}

function portOf({ url }: GatewayFile): number {
  return Number(new URL(url).port);
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(".json"));
  } catch {
    return [];
  }
}

function readOne(file: string): GatewayFile | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as GatewayFile;
  } catch {
    return undefined;
  }
}

/** Whether a process of this machine is there. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
