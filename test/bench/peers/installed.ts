// Peers from npm, in a package of their own: `npm ci` in this folder, which the benchmark runs where it has not been.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
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

/** fast-jwt's verifier, without its cache. */
export type FastVerifier = (token: string) => unknown;

/** Makes it, or undefined where the package is not installed. */
export function fastJwtVerifier(
  publicKeyPem: string,
  issuer: string,
  audience: string,
): FastVerifier | undefined {
  if (!existsSync(join(import.meta.dirname, "node_modules", "fast-jwt"))) return undefined;
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
