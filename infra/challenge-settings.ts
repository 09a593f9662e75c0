// Reads from the configuration what the 401 challenge of API Gateway names, and the note about it for the operator.
import {
  type EffectiveServer,
  effectiveServer,
  gatewayIssuer,
} from "../functions/core/config/effective-server.ts";
import type { GatewayConfig } from "../functions/core/config/gateway-config.ts";
import { parseServerConfig } from "../functions/core/config/server-config.ts";

/** The settings that decide which metadata document the challenge names. */
export type ChallengeSettings = {
  /** `challenge_resource_metadata`; undefined: by the URL. */
  readonly named: boolean | undefined;
  /** Whether the gateway's own rules name one issuer, so that there is a root document. */
  readonly hasRoot: boolean;
  /** The enabled servers with their scopes; undefined if they are unknown, or if the only server has no document. */
  readonly servers: readonly { readonly name: string; readonly scopes: readonly string[] }[] | undefined;
};

/** Shown if the challenge names the root document. */
export const ROOT_DOCUMENT_NOTE = `The challenge names one metadata document for all servers, whose "resource" is the gateway's URL. Clients that require the URL they call there (RFC 9728 3.3) can't sign in. Give the gateway its own domain, or configure only one server. See docs/clients.md.`;

/** The servers as the functions will have them, without invalid ones. */
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

/** Reads the settings; an invalid server is ignored. */
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
