// What an MCP client keeps of a sign-in, in memory; fits both major versions of the official SDK. Knows nothing in advance: the client
// has to discover, register and ask by itself.
import type { OAuthClientProvider, OAuthTokens } from "@modelcontextprotocol/client";
import { signInAs } from "./sign-in-driver.ts";

export type MemorySignIn = OAuthClientProvider & {
  /** what was registered, once it was */
  registered(): { client_id?: string } | undefined;
  accessToken(): string;
  /** Signs in on the page that the client wanted to open, and gives what came back. */
  visit(user: "free" | "pro"): Promise<URLSearchParams>;
};

const REDIRECT = "http://localhost:40003/callback";

export function memorySignIn(): MemorySignIn {
  const kept: Record<string, unknown> = {};
  const keep = (key: string) => (value: unknown) => {
    kept[key] = value;
  };
  return {
    redirectUrl: REDIRECT,
    clientMetadata: {
      client_name: "Test client",
      redirect_uris: [REDIRECT],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
    },
    clientInformation: () => kept["client"] as never,
    saveClientInformation: keep("client"),
    tokens: () => kept["tokens"] as never,
    saveTokens: keep("tokens"),
    redirectToAuthorization: keep("page"),
    saveCodeVerifier: keep("verifier"),
    codeVerifier: () => kept["verifier"] as string,
    saveDiscoveryState: keep("discovery"),
    discoveryState: () => kept["discovery"] as never,
    registered: () => kept["client"] as { client_id?: string } | undefined,
    accessToken: () => (kept["tokens"] as OAuthTokens).access_token,
    visit: async (user) => (await signInAs(kept["page"] as URL, user)).searchParams,
  };
}
