// Apache with mod_auth_openidc as an OAuth 2.0 resource server: RS256 checked locally, a claim as a header.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ServedSubject, startProgram } from "../services/processes.ts";

const MODULES = "/usr/lib/apache2/modules";

/** The versions, or undefined where one of the two is not installed. */
export function apacheVersion(): string | undefined {
  if (!existsSync(`${MODULES}/mod_auth_openidc.so`)) return undefined;
  const { status, stdout } = spawnSync("apache2", ["-v"], { encoding: "utf8" });
  return status === 0 ? /Apache\/[\d.]+/.exec(stdout)?.[0] : undefined;
}

/** Starts it with one worker process of 64 threads. */
export function startApache(
  folder: string,
  port: number,
  downstreamPort: number,
  publicKeyPem: string,
): Promise<ServedSubject> {
  const home = join(folder, "apache");
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "public.pem"), publicKeyPem);
  const modules = [
    "mpm_event",
    "authn_core",
    "authz_core",
    "authz_user",
    "proxy",
    "proxy_http",
    "headers",
    "auth_openidc",
  ];
  const file = join(home, "httpd.conf");
  writeFileSync(
    file,
    `ServerRoot ${home}
ServerName 127.0.0.1
Listen 127.0.0.1:${port}
PidFile ${home}/pid
ErrorLog ${home}/error.log
LogLevel crit
${modules.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`).join("\n")}
StartServers 1
ServerLimit 1
ThreadsPerChild 64
ThreadLimit 64
MaxRequestWorkers 64
MaxKeepAliveRequests 0
KeepAliveTimeout 60
OIDCOAuthVerifyCertFiles bench-key#${home}/public.pem
OIDCOAuthRemoteUserClaim sub
<Location />
  AuthType oauth20
  Require valid-user
  RequestHeader set x-user-claims "%{OIDC_CLAIM_email}e"
  RequestHeader unset authorization
  ProxyPass http://127.0.0.1:${downstreamPort}/ keepalive=On
</Location>
`,
  );
  return startProgram("apache2", ["-D", "FOREGROUND", "-f", file], port);
}
