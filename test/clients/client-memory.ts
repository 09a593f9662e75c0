// The state of an MCP client between requests, as an OAuth provider that both major versions of the SDK accept.
import type { OAuthClientProvider, OAuthDiscoveryState, OAuthTokens } from "@modelcontextprotocol/client";

export const REDIRECT_URI = "http://localhost:40002/callback";

export type ClientMemory = {
  client?: { client_id: string; issuer?: string } | undefined;
  tokens?: OAuthTokens | undefined;
  verifier: string;
  discovery?: OAuthDiscoveryState | undefined;
  /** where the client last sent its user */
  redirect?: URL | undefined;
};

export function newMemory(parts: Partial<ClientMemory> = {}): ClientMemory {
  return { verifier: "", ...parts };
}

/** @param clientMetadataUrl the client's own metadata document, for clients that have one */
export function memoryProvider(memory: ClientMemory, clientMetadataUrl?: string): OAuthClientProvider {
  return {
    redirectUrl: REDIRECT_URI,
    ...(clientMetadataUrl !== undefined && { clientMetadataUrl }),
    clientMetadata: {
      client_name: "Client under test",
      redirect_uris: [REDIRECT_URI],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
    },
    clientInformation: () => memory.client as never,
    saveClientInformation: (client) => {
      memory.client = client;
    },
    tokens: () => memory.tokens as never,
    saveTokens: (tokens) => {
      memory.tokens = tokens;
    },
    redirectToAuthorization: (url) => {
      memory.redirect = url;
    },
    saveCodeVerifier: (verifier) => {
      memory.verifier = verifier;
    },
    codeVerifier: () => memory.verifier,
    saveDiscoveryState: (state) => {
      memory.discovery = state;
    },
    discoveryState: () => memory.discovery,
  };
}
