// URL and credential of a server's requests: for all callers, and for callers of each tenant in `tenants`.

import { serverDescope } from "../descope-shorthand.ts";
import { type ConfigFault, formatPath } from "../faults.ts";
import type { GatewayConfig } from "../gateway-config.ts";
import { IDENTITY_HEADER_BY_METHOD, normalHeaderName } from "../header-names.ts";
import { forwardHeaderPairs } from "../header-settings.ts";
import type { ServerConfig } from "../server-config.ts";
import { ownAddressFault } from "../urls.ts";
import { agentCoreHeaderFault, isAgentCore } from "./agentcore.ts";
import { credentialHeaders, type UpstreamCredential, upstreamCredential } from "./credential.ts";
import type { UpstreamAuthBlock } from "./schema.ts";
import { agentCoreUrl } from "./sigv4.ts";

export type UpstreamTarget = { url: string; upstreamAuth: UpstreamCredential | undefined };

/** All targets of a server, or errors with paths in the server file. */
export type UpstreamTargets =
  | { ok: true; own: UpstreamTarget; tenants: ReadonlyMap<string, UpstreamTarget> }
  | { ok: false; faults: ConfigFault[] };

/** Compiles the targets of a server. */
export function upstreamTargets(gateway: GatewayConfig, server: ServerConfig): UpstreamTargets {
  const faults: ConfigFault[] = [];
  const descope = descopeOf(gateway, server);
  const blockOf = (own: UpstreamAuthBlock | undefined) =>
    own ?? server.upstream_auth ?? gateway.upstream_auth;

  function target(
    url: string,
    block: UpstreamAuthBlock | undefined,
    path: readonly string[],
  ): UpstreamTarget {
    const compiled = upstreamCredential(block, url, descope);
    if (!compiled.ok) {
      for (const { key, message } of compiled.faults)
        faults.push({ path: formatPath([...path, key]), message });
      return { url, upstreamAuth: undefined };
    }
    const { credential } = compiled;
    if (credential !== undefined) {
      for (const message of headerFaults(credential, gateway, server))
        faults.push({ path: formatPath(path), message });
    }
    return { url, upstreamAuth: credential };
  }

  const own = target(server.url, blockOf(undefined), ["upstream_auth"]);
  const tenants = new Map<string, UpstreamTarget>();
  for (const [id, override] of Object.entries(server.tenants ?? {})) {
    const block = blockOf(override.upstream_auth);
    const path = ["tenants", id, "upstream_auth"];
    const url = override.url ?? (override.upstream_auth && runtimeUrl(override.upstream_auth)) ?? server.url;
    tenants.set(id, target(url, block, path));
    const message = override.url && ownAddressFault(override.url, gateway.public_url);
    if (message) faults.push({ path: formatPath(["tenants", id, "url"]), message });
  }
  return faults.length > 0 ? { ok: false, faults } : { ok: true, own, tenants };
}

function runtimeUrl(block: UpstreamAuthBlock): string | undefined {
  return block.type === "sigv4" && block.agentcore_runtime_arn !== undefined
    ? agentCoreUrl(block.agentcore_runtime_arn)
    : undefined;
}

function descopeOf(gateway: GatewayConfig, server: ServerConfig) {
  if (server.descope === undefined) return gateway.descope;
  const merged = serverDescope(server.descope, gateway.descope);
  return merged.ok ? merged.descope : gateway.descope;
}

/** No other setting and no client header may set the credential's headers. */
function headerFaults(
  credential: UpstreamCredential,
  gateway: GatewayConfig,
  server: ServerConfig,
): string[] {
  const names = new Set(credentialHeaders(credential).map(normalHeaderName));
  const identity = server.user_identity_forwarding ?? gateway.user_identity_forwarding;
  const identityHeaders = new Set([
    ...Object.values(IDENTITY_HEADER_BY_METHOD).filter((name) => name !== "Authorization"),
    ...(identity ? [identity.header_name ?? IDENTITY_HEADER_BY_METHOD[identity.method]] : []),
  ]);
  const taken: readonly (readonly [string, readonly string[]])[] = [
    ["the caller's identity", [...identityHeaders]],
    [`a value from "headers"`, [...Object.keys(server.headers), ...Object.keys(server.passthrough_headers)]],
    [
      `a client's value from "forward_headers"`,
      forwardHeaderPairs(server.forward_headers).map(({ to }) => to),
    ],
  ];
  const unreachable = isAgentCore(credential)
    ? [identity?.header_name ?? ""].flatMap((name) => agentCoreHeaderFault(name) ?? [])
    : [];
  const conflicts = taken.flatMap(([what, headers]) =>
    headers
      .filter((name) => names.has(normalHeaderName(name)))
      .map(
        (name) =>
          `the credential is sent in ${name}, which already carries ${what}. Use another header for one of the two.`,
      ),
  );
  return [...conflicts, ...unreachable];
}
