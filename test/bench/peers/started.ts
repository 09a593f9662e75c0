// The peers as running subjects, all before the same server and with the same token to check.
import { createPublicKey, type JsonWebKey } from "node:crypto";
import { AUDIENCE, type GatewayServices, ISSUER } from "../services/gateway-services.ts";
import { type ServedSubject, startNode } from "../services/processes.ts";
import { apacheVersion, startApache } from "./apache.ts";
import { haproxyVersion, startHaproxy } from "./haproxy.ts";
import { installedPeers } from "./installed.ts";

/** The peer that does most of the gateway's work with the least CPU. */
export const HAPROXY_RS256 = "HAProxy, RS256 and header";

/** What peers are started for. */
export type PeerOptions = {
  /** for their configuration files */
  folder: string;
  downstreamUrl: string;
  services: GatewayServices;
  /** HAProxy and Apache take this port and the two after it */
  firstPort: number;
  /** the server behind speaks MCP: peers that need one run too */
  speakMcp: boolean;
};

/** Running peers by name, and what is not there to run. */
export type Peers = { subjects: Map<string, ServedSubject>; skipped: string[] };

/** Starts those that are installed. */
export async function startPeers(options: PeerOptions): Promise<Peers> {
  const { folder, downstreamUrl, services, firstPort, speakMcp } = options;
  const subjects = new Map<string, ServedSubject>();
  const skipped: string[] = [];
  const downstreamPort = Number(new URL(downstreamUrl).port);
  const publicKeyPem = createPublicKey({ key: services.publicJwk as JsonWebKey, format: "jwk" })
    .export({ format: "pem", type: "spki" })
    .toString();
  if (haproxyVersion() === undefined)
    skipped.push("HAProxy is not installed (Debian: apt-get install haproxy)");
  else {
    const at = { folder, downstreamPort };
    const token = { publicKeyPem, issuer: ISSUER, audience: AUDIENCE };
    subjects.set("HAProxy", await startHaproxy({ ...at, port: firstPort }));
    subjects.set(HAPROXY_RS256, await startHaproxy({ ...at, port: firstPort + 1, token }));
  }
  if (apacheVersion() === undefined) {
    skipped.push(
      "Apache's mod_auth_openidc is not installed (Debian: apt-get install libapache2-mod-auth-openidc)",
    );
  } else
    subjects.set(
      "Apache, mod_auth_openidc",
      await startApache(folder, firstPort + 2, downstreamPort, publicKeyPem),
    );
  const environment = {
    DOWNSTREAM_URL: downstreamUrl,
    PUBLIC_JWK: JSON.stringify(services.publicJwk),
    ISSUER,
    AUDIENCE,
  };
  for (const { name, file, speaksMcp, missing } of installedPeers()) {
    if (speaksMcp && !speakMcp) continue;
    if (missing === undefined) subjects.set(name, await startNode(file, environment));
    else skipped.push(missing);
  }
  return { subjects, skipped };
}
