// HAProxy: as a plain proxy, and with what it has to check a token: RS256 signature, issuer, audience, expiry, and a claim as a header.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ServedSubject, startProgram } from "../services/processes.ts";

/** The version, or undefined where it is not installed. */
export function haproxyVersion(): string | undefined {
  const { status, stdout } = spawnSync("haproxy", ["-v"], { encoding: "utf8" });
  return status === 0 ? stdout.split("\n")[0]?.split(" - ")[0] : undefined;
}

/** Where and what it checks. */
export type HaproxyOptions = {
  folder: string;
  port: number;
  downstreamPort: number;
  /** PEM of the key, issuer and audience; undefined: a plain proxy */
  token?: { publicKeyPem: string; issuer: string; audience: string };
};

/** Starts it with one thread. */
export function startHaproxy({
  folder,
  port,
  downstreamPort,
  token,
}: HaproxyOptions): Promise<ServedSubject> {
  const key = join(folder, "public.pem");
  if (token !== undefined) writeFileSync(key, token.publicKeyPem);
  const checks =
    token === undefined
      ? ""
      : `
  http-request set-var(txn.bearer) http_auth_bearer
  http-request set-var(txn.alg) var(txn.bearer),jwt_header_query('$.alg')
  http-request set-var(txn.iss) var(txn.bearer),jwt_payload_query('$.iss')
  http-request set-var(txn.aud) var(txn.bearer),jwt_payload_query('$.aud')
  http-request set-var(txn.exp) var(txn.bearer),jwt_payload_query('$.exp','int')
  http-request set-var(txn.now) date()
  http-request deny deny_status 401 unless { var(txn.alg) -m str RS256 }
  http-request deny deny_status 401 unless { var(txn.iss) -m str "${token.issuer}" }
  http-request deny deny_status 401 unless { var(txn.aud) -m str "${token.audience}" }
  http-request deny deny_status 401 if { var(txn.exp),sub(txn.now) -m int lt 0 }
  http-request deny deny_status 401 unless { var(txn.bearer),jwt_verify(txn.alg,"${key}") -m int 1 }
  http-request set-header x-user-claims %[var(txn.bearer),jwt_payload_query('$.sub')]
  http-request del-header authorization`;
  const file = join(folder, `haproxy-${port}.cfg`);
  writeFileSync(
    file,
    `global
  nbthread 1
defaults
  mode http
  timeout connect 3s
  timeout client 240s
  timeout server 240s
  option http-keep-alive
  option http-no-delay
  http-reuse always
frontend gateway
  bind 127.0.0.1:${port}${checks}
  default_backend servers
backend servers
  server downstream 127.0.0.1:${downstreamPort}
`,
  );
  return startProgram("haproxy", ["-db", "-f", file], port);
}
