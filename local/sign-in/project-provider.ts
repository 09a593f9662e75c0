// The token endpoint that Descope has once per project, `/oauth2/v1/apps/token`: client credentials and token exchange for the gateway's own
// clients. Each token has one Resource as its audience.
import type { JWTPayload } from "jose";
import { type ClientMetadata, type Configuration, errors, Provider } from "oidc-provider";
import { accessTokenClaims } from "./claims.ts";
import { type KeyRing, TOKEN_TYPE } from "./key-ring.ts";
import { MemoryStore, memoryAdapter } from "./memory-store.ts";
import { addTokenExchange, type ExchangeSettings, TOKEN_EXCHANGE } from "./token-exchange.ts";

export type ProjectProviderSettings = {
  /** `<base URL>/v1/apps/<project id>` */
  readonly projectIssuer: string;
  readonly projectId: string;
  readonly tokenPath: string;
  /** the gateway's URL: below it are the public keys of `local-gateway-jwt` */
  readonly gatewayUrl: string;
  /** URLs of the Resources that tokens can be requested for */
  readonly upstreamResources: readonly string[];
  /** every scope that can be requested */
  readonly scopes: readonly string[];
  readonly keyRing: KeyRing;
  readonly tokenLifetimeSeconds: number;
  readonly exchange: Readonly<ExchangeSettings>;
  /** claims of a valid access token of this project, or undefined */
  readonly verify: (token: string) => Promise<JWTPayload | undefined>;
  readonly onGrant: (grantType: string, clientName: string) => void;
};

/** The clients that the gateway can use at this endpoint: one for each authentication method. The secret only exists on loopback. */
function gatewayClients(gatewayUrl: string): ClientMetadata[] {
  const common = {
    grant_types: ["client_credentials", TOKEN_EXCHANGE],
    response_types: [],
    redirect_uris: [],
  };
  const client_secret = "local-gateway-secret";
  return [
    {
      ...common,
      client_id: "local-gateway",
      client_name: "Gateway",
      client_secret,
      token_endpoint_auth_method: "client_secret_basic",
    },
    {
      ...common,
      client_id: "local-gateway-post",
      client_name: "Gateway, secret in the body",
      client_secret,
      token_endpoint_auth_method: "client_secret_post",
    },
    {
      ...common,
      client_id: "local-gateway-jwt",
      client_name: "Gateway, signed assertion",
      token_endpoint_auth_method: "private_key_jwt",
      token_endpoint_auth_signing_alg: "ES256",
      jwks_uri: `${gatewayUrl}/.well-known/jwks.json`,
    },
  ];
}

export function createProjectProvider(settings: ProjectProviderSettings): Provider {
  const provider = new Provider(settings.projectIssuer, configuration(settings));
  provider.on("server_error", (_ctx, error) => console.error("sign-in server:", error));
  provider.on("grant.success", ({ oidc: { params, client } }) => {
    settings.onGrant(String(params?.["grant_type"]), client?.clientName ?? "");
  });
  addTokenExchange(provider, {
    ...settings,
    settings: settings.exchange,
    isResource: (url) => settings.upstreamResources.includes(url),
  });
  return provider;
}

function configuration(settings: ProjectProviderSettings): Configuration {
  const { keyRing, tokenLifetimeSeconds, upstreamResources } = settings;
  const store = new MemoryStore();
  return {
    adapter: (model) => memoryAdapter(store, model),
    jwks: { keys: [keyRing.providerKey] },
    clients: gatewayClients(settings.gatewayUrl),
    clientAuthMethods: ["client_secret_basic", "client_secret_post", "private_key_jwt"],
    // Only the gateway's keys are fetched, from loopback, which oidc-provider's default dispatcher denies.
    fetch: (url, { method, headers, signal } = {}) =>
      fetch(url, { ...(method && { method }), ...(headers && { headers }), signal: signal ?? null }),
    scopes: [...settings.scopes],
    ttl: { ClientCredentials: tokenLifetimeSeconds },
    routes: { token: settings.tokenPath },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      externalSigningSupport: { enabled: true, ack: "experimental-01" },
      resourceIndicators: {
        enabled: true,
        // RFC 6749 has no resource: without one the token is for the only Resource, if there is one.
        defaultResource: async () => upstreamResources[0] ?? settings.gatewayUrl,
        getResourceServerInfo: async (_ctx, indicator) => {
          if (!upstreamResources.includes(indicator)) {
            throw new errors.InvalidTarget(`unknown Resource ${indicator}`);
          }
          return {
            scope: settings.scopes.join(" "),
            accessTokenFormat: "jwt",
            accessTokenTTL: tokenLifetimeSeconds,
          };
        },
      },
    },
    formats: {
      customizers: {
        jwt: (_ctx, token, jwt) => {
          const { jti, iat, exp, aud } = jwt.payload as {
            jti: string;
            iat: number;
            exp: number;
            aud: string;
          };
          const issuer = { issuer: settings.projectIssuer, projectId: settings.projectId, resource: aud };
          const clientId = String(token.clientId);
          const grant = { clientId, scope: token.scope, jti, issuedAt: iat, expiresAt: exp };
          jwt.header = { typ: TOKEN_TYPE };
          jwt.payload = { ...accessTokenClaims(issuer, grant), aud };
        },
      },
    },
  };
}
