// `.local/gateways/<name>.json`: tells the command line where a gateway of `npm start` listens. One file per running gateway.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commandText, PROJECT } from "../infra/package-paths.ts";
import type { ConfigOverlay } from "./config-overlay.ts";

export type GatewayFile = {
  /** the gateway's URL, no trailing slash */
  readonly url: string;
  readonly ssmEndpoint: string;
  /** undefined if it counts no rate limits */
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

/** Name for a gateway's files: its port, or its process id if the port was chosen automatically. */
export function localName(port: number): string {
  return port === 0 ? `process-${process.pid}` : String(port);
}

/** Writes the file. @returns a function that removes it */
export function writeGatewayFile(name: string, gateway: GatewayFile, folder = FOLDER): () => void {
  const file = join(folder, `${name}.json`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${JSON.stringify(gateway, null, 2)}\n`);
  return () => rmSync(file, { force: true });
}

/**
 * Reads the file of a running gateway.
 *
 * @param port of its URL; undefined: the only running gateway
 * @throws Error with advice if none or several run
 */
export function readGatewayFile(port?: number, folder = FOLDER): GatewayFile {
  const running = runningGateways(folder);
  const found = port === undefined ? running : running.filter((gateway) => portOf(gateway) === port);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (running.length === 0)
    throw new Error(`no local gateway is running. Start one with: ${commandText("local")}`);
  const ports = running.map(portOf).sort((a, b) => a - b);
  throw new Error(
    port === undefined
      ? `${running.length} local gateways are running, on the ports ${ports.join(" and ")}. Choose one with --port`
      : `no local gateway is running on port ${port}, but on ${ports.join(" and ")}`,
  );
}

/** Gateways whose process is alive; a killed process leaves its file behind. */
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

/** Whether a process of this machine is running. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
