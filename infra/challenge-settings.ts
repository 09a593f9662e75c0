// What the configuration says about the challenge that API Gateway sends for all servers, and what is told to the operator about it.
import {
  type EffectiveServer,
  effectiveServer,
  gatewayIssuer,
} from "../functions/core/config/effective-server.ts";
import type { GatewayConfig } from "../functions/core/config/gateway-config.ts";
import { parseServerConfig } from "../functions/core/config/server-config.ts";

/** What decides which metadata document the challenge names. */
export type ChallengeSettings = {
  /** `challenge_resource_metadata`; undefined: by the URL. */
  readonly named: boolean | undefined;
  /** Whether the gateway's own rules name one issuer, so that there is a root document. */
  readonly hasRoot: boolean;
  /** The enabled servers with their scopes; undefined where they are not known, or the only one has no document. */
  readonly servers: readonly { readonly name: string; readonly scopes: readonly string[] }[] | undefined;
};

/** Told where the challenge names the root document. */
export const ROOT_DOCUMENT_NOTE = `The challenge names one metadata document for all servers, whose "resource" is the gateway's URL. Clients that require the URL they call there (RFC 9728 3.3) can't sign in. Give the gateway a domain of its own, or one server alone. See docs/clients.md.`;

/** The servers as the functions will have them; one with faults is left out. */
export function effectiveServers(
  gateway: GatewayConfig,
  files: readonly { readonly name: string; readonly text: string }[],
): EffectiveServer[] {
  return files.flatMap(({ name, text }) => {
    const parsed = parseServerConfig(text);
    const effective = parsed.ok ? effectiveServer(name, gateway, parsed.config) : undefined;
    return effective?.ok ? [effective.server] : [];
  });
}

/** Reads the settings; a server with faults counts as none. */
export function challengeSettings(
  gateway: GatewayConfig,
  files: readonly { readonly name: string; readonly text: string }[],
): ChallengeSettings {
  const hasRoot = gatewayIssuer(gateway) !== undefined;
  const enabled = effectiveServers(gateway, files).filter((server) => server.enabled);
  const hasDocuments = hasRoot || enabled.length !== 1 || enabled[0]?.issuer !== undefined;
  const servers = enabled.map(({ name, scopesSupported }) => ({ name, scopes: scopesSupported }));
  return {
    named: gateway.challenge_resource_metadata,
    hasRoot,
    servers: hasDocuments ? servers : undefined,
  };
}
