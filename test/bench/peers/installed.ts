// Peers from npm, in a package of their own: `npm ci` in this folder, which the benchmark runs where it has not been.
import { existsSync } from "node:fs";
import { join } from "node:path";

/** A peer that is a Node program; `missing` says why it can't run. */
export type NodePeer = { name: string; file: string; missing?: string };

/** The Node peers. */
export function installedPeers(): NodePeer[] {
  const installed = existsSync(join(import.meta.dirname, "node_modules", "http-proxy"));
  const missing = "the peers from npm are not installed (npm ci --prefix test/bench/peers)";
  return [
    {
      name: "SDK bearer middleware, http-proxy",
      file: join(import.meta.dirname, "sdk-bearer.mjs"),
      ...(!installed && { missing }),
    },
  ];
}
