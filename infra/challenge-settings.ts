// Reads from the configuration what the 401 challenge of API Gateway names, and the note about it for the operator.

import { type ChallengedDocument, challengedDocument } from "../functions/core/challenge.ts";
import { combinedEndpoint } from "../functions/core/config/combined-endpoint.ts";
import type { EffectiveServer } from "../functions/core/config/effective-server.ts";
import { gatewayIssuer, gatewayTokenRules } from "../functions/core/config/effective-tokens.ts";
import type { GatewayConfig } from "../functions/core/config/gateway-config.ts";
import { docsUrl } from "../functions/core/docs-url.ts";

/** The settings that decide which metadata document the challenge names. */
export type ChallengeSettings = {
  /** `challenge_resource_metadata`; undefined: by the URL. */
  readonly named: boolean | undefined;
  /** Whether the gateway's own rules name one issuer, so that there is a root document. */
  readonly hasRoot: boolean;
  /** The enabled servers with their scopes; undefined if they are unknown, or if the only server has no document. */
  readonly servers: readonly { readonly name: string; readonly scopes: readonly string[] }[] | undefined;
  /** The scopes of the combined endpoint; undefined if there is none, or if it has no document. */
  readonly combinedScopes: readonly string[] | undefined;
};

/** Shown if the challenge names the root document. */
const ROOT_DOCUMENT_NOTE = `The challenge names one metadata document for all servers, whose "resource" is the gateway's URL. Clients that require the URL they call there (RFC 9728 3.3) can't sign in. Give the gateway its own domain, or configure only one server. See ${docsUrl("clients.md")}.`;

/** Shown if the challenge names the document of the combined endpoint. */
const COMBINED_DOCUMENT_NOTE = `The challenge names the metadata document of the combined endpoint /mcp. Clients that call a server's own URL can't sign in there by its URL alone. Give them the combined URL, give the gateway its own domain, or set "challenge_resource_metadata": true, with which the challenge ignores the combined endpoint. See ${docsUrl("combined.md")}.`;

/** Chooses the document, and what the operator should know about it. */
export function challengeChoice(
  { servers, combinedScopes, ...settings }: ChallengeSettings,
  publicUrl: string,
): { document: ChallengedDocument; note?: string } {
  const names = servers?.map(({ name }) => name);
  const hasCombined = combinedScopes !== undefined;
  const document = challengedDocument({ ...settings, servers: names, hasCombined, publicUrl });
  if (document === "root") return { document, note: ROOT_DOCUMENT_NOTE };
  return document === "combined" ? { document, note: COMBINED_DOCUMENT_NOTE } : { document };
}

/** Reads the settings. @param all the servers of the configuration, disabled ones included */
export function challengeSettings(
  gateway: GatewayConfig,
  all: readonly EffectiveServer[],
): ChallengeSettings {
  const hasRoot = gatewayIssuer(gateway) !== undefined;
  const enabled = all.filter((server) => server.enabled);
  const hasDocuments = hasRoot || enabled.length !== 1 || enabled[0]?.issuer !== undefined;
  const byName = new Map(enabled.map((server) => [server.name, server]));
  const tokenRules = hasRoot ? gatewayTokenRules(gateway) : undefined;
  const combined = combinedEndpoint(gateway, tokenRules, byName, new Set());
  const servers = enabled.map(({ name, scopesSupported }) => ({ name, scopes: scopesSupported }));
  return {
    named: gateway.challenge_resource_metadata,
    hasRoot,
    servers: hasDocuments ? servers : undefined,
    combinedScopes: combined?.endpoint.scopesSupported,
  };
}
