// Peers from npm, in a package of their own: `npm ci` in this folder, which the benchmark runs where it has not been.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const INSTALL = "npm ci --prefix test/bench/peers";

/** A peer that is a Node program. */
export type NodePeer = {
  name: string;
  file: string;
  /** it answers MCP itself instead of passing HTTP on: it needs a server that does, and clients that begin with initialize */
  speaksMcp: boolean;
  /** why it can't run */
  missing?: string;
};

/** The Node peers. */
export function installedPeers(): NodePeer[] {
  const peer = (name: string, program: string, packageName: string, speaksMcp: boolean): NodePeer => ({
    name,
    file: join(import.meta.dirname, program),
    speaksMcp,
    ...(!isInstalled(packageName) && { missing: `${packageName} is not installed (${INSTALL})` }),
  });
  return [
    peer("SDK bearer middleware, http-proxy", "sdk-bearer.mjs", "http-proxy", false),
    peer("mcp-proxy, jose", "mcp-proxy.mjs", "mcp-proxy", true),
  ];
}

/** Whether all of them are there: an older installation may lack one. */
export function peersAreInstalled(): boolean {
  return installedPeers().every(({ missing }) => missing === undefined);
}

function isInstalled(packageName: string): boolean {
  return existsSync(join(import.meta.dirname, "node_modules", packageName));
}

/** fast-jwt's verifier, without its cache. */
export type FastVerifier = (token: string) => unknown;

/** Makes it, or undefined where the package is not installed. */
export function fastJwtVerifier(
  publicKeyPem: string,
  issuer: string,
  audience: string,
): FastVerifier | undefined {
  if (!isInstalled("fast-jwt")) return undefined;
  const { createVerifier } = createRequire(import.meta.url)("fast-jwt") as {
    createVerifier: (options: object) => FastVerifier;
  };
  return createVerifier({
    key: publicKeyPem,
    algorithms: ["RS256"],
    allowedIss: issuer,
    allowedAud: audience,
  });
}
