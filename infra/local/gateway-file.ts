// `.local/gateway.json`: where the gateway of `npm start` answers, for the command line to find it. It is there while that gateway runs.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Where a running local gateway is. */
export type GatewayFile = {
  /** the gateway's URL, no trailing slash */
  readonly url: string;
  readonly ssmEndpoint: string;
  /** SSM path of its configuration */
  readonly prefix: string;
};

const FILE = join(import.meta.dirname, "..", "..", ".local", "gateway.json");

/** Writes the file. @returns takes it away again, unless another gateway has written its own by then */
export function writeGatewayFile(gateway: GatewayFile, file = FILE): () => void {
  const text = `${JSON.stringify(gateway, null, 2)}\n`;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return () => {
    if (readText(file) === text) rmSync(file, { force: true });
  };
}

/** Reads the file. @throws Error that says what to do where there is none */
export function readGatewayFile(file = FILE): GatewayFile {
  const text = readText(file);
  if (text === undefined) throw new Error("no local gateway is running. Start one with: npm start");
  return JSON.parse(text) as GatewayFile;
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
