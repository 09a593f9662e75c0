// oidc-provider set up as Descope's double: its URL layout, RS256 JWT access tokens with its claims, open dynamic
// registration, client id metadata documents, PKCE with S256 for everybody, resource indicators, refresh tokens.
import { randomBytes } from "node:crypto";
import {
  type Configuration,
  errors,
  interactionPolicy,
  type KoaContextWithOIDC,
  Provider,
} from "oidc-provider";
import { accessTokenClaims, type TokenIssuer } from "./claims.ts";
import { withClientDocuments } from "./client-documents.ts";
import { applyClientPolicy } from "./client-policy.ts";
import { LOCAL_CLIENTS } from "./clients.ts";
import { adjustDiscovery } from "./discovery.ts";
import { documentProblem } from "./document-problem.ts";
import { renderProviderError } from "./error-page.ts";
import { type KeyRing, TOKEN_TYPE } from "./key-ring.ts";
import type { SignInLayout } from "./layout.ts";
import { MemoryStore, memoryAdapter } from "./memory-store.ts";
import { resourceAccepted } from "./resource-indicators.ts";
import { userById } from "./users.ts";

export type ProviderSettings = TokenIssuer & {
  readonly baseUrl: string;
  readonly layout: SignInLayout;
  readonly keyRing: KeyRing;
  /** Every scope that can be requested, including OpenID's. */
  readonly scopes: readonly string[];
  readonly tokenLifetimeSeconds: number;
  readonly advertiseClientDocuments: boolean;
  /** Called with a sentence for the operator when a sign-in fails because of a client's metadata document. */
  readonly onProblem: (text: string) => void;
  readonly onGrant: (grantType: string, clientName: string) => void;
};

const DAY_SECONDS = 24 * 60 * 60;

export function createProvider(settings: ProviderSettings): Provider {
  const provider = new Provider(settings.issuer, configuration(settings));
  provider.on("server_error", (_ctx, error) => console.error("sign-in server:", error));
  const reportDocument = (ctx: KoaContextWithOIDC, error: errors.OIDCProviderError) => {
    const problem = documentProblem(ctx, error);
    if (problem !== undefined) settings.onProblem(problem);
  };
  provider.on("authorization.error", reportDocument);
  provider.on("grant.error", reportDocument);
  provider.on("grant.success", ({ oidc: { params, client } }) => {
    settings.onGrant(String(params?.["grant_type"]), client?.clientName ?? client?.clientId ?? "");
  });
  adjustDiscovery(provider, settings.advertiseClientDocuments);
  return provider;
}

function configuration(settings: ProviderSettings): Configuration {
  const { layout, tokenLifetimeSeconds } = settings;
  const store = new MemoryStore();
  return {
    adapter: (model) =>
      model === "Client" ? withClientDocuments(memoryAdapter(store, model)) : memoryAdapter(store, model),
    jwks: { keys: [settings.keyRing.providerKey] },
    cookies: { keys: [randomBytes(32).toString("base64url")] },
    clients: LOCAL_CLIENTS,
    // Without an application_type, loopback on any port (RFC 8252 section 7.3) and cursor:// must work: `native`.
    clientDefaults: { application_type: "native", grant_types: ["authorization_code", "refresh_token"] },
    clientAuthMethods: ["none", "client_secret_basic", "client_secret_post"],
    extraClientMetadata: {
      properties: ["software_id", "software_version"],
      validator: (_ctx, key, _value, metadata) => {
        if (key === "software_id") applyClientPolicy(metadata);
      },
    },
    clientBasedCORS: () => true,
    scopes: [...settings.scopes],
    claims: { openid: ["sub"], email: ["email"], profile: ["name"] },
    responseTypes: ["code"],
    pkce: { required: () => true },
    // MCP clients seldom request offline_access, but all of them refresh.
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed("refresh_token"),
    rotateRefreshToken: true,
    expiresWithSession: async () => false,
    ttl: {
      AccessToken: tokenLifetimeSeconds,
      ClientCredentials: tokenLifetimeSeconds,
      AuthorizationCode: 60,
      IdToken: tokenLifetimeSeconds,
      RefreshToken: 14 * DAY_SECONDS,
      Interaction: 3600,
      Session: DAY_SECONDS,
      Grant: 14 * DAY_SECONDS,
    },
    routes: {
      authorization: layout.authorize,
      token: layout.token,
      registration: layout.register,
      revocation: layout.revoke,
      jwks: layout.jwks[0],
    },
    discovery: { userinfo_endpoint: settings.baseUrl + layout.userinfo },
    features: features(settings),
    formats: { customizers: { jwt: descopeClaims(settings) } },
    interactions: {
      policy: promptPolicy(),
      url: (_ctx, interaction) => `${layout.pages}/${interaction.uid}`,
    },
    findAccount: async (_ctx, id) => {
      const user = userById(id);
      return user && { accountId: id, claims: async () => ({ sub: id, email: user.email, name: user.name }) };
    },
    renderError: renderProviderError,
  };
}

/** `prompt=select_account` requests what every sign-in does here: the login page with both users. */
function promptPolicy(): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base();
  policy.add(new interactionPolicy.Prompt({ name: "select_account", requestable: true }), 0);
  return policy;
}

function features({ resource, scopes, tokenLifetimeSeconds }: ProviderSettings): Configuration["features"] {
  return {
    devInteractions: { enabled: false },
    dPoP: { enabled: false },
    pushedAuthorizationRequests: { enabled: false },
    rpInitiatedLogout: { enabled: false },
    // oidc-provider's userinfo accepts only opaque tokens; userinfo.ts accepts the JWTs issued here.
    userinfo: { enabled: false },
    clientCredentials: { enabled: true },
    registration: { enabled: true, initialAccessToken: false, issueRegistrationAccessToken: false },
    revocation: {
      enabled: true,
      allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId,
    },
    clientIdMetadataDocument: { enabled: true, ack: "draft-02" },
    externalSigningSupport: { enabled: true, ack: "experimental-01" },
    resourceIndicators: {
      enabled: true,
      // The first if there are several: a token is for one MCP Server URL.
      defaultResource: async (_ctx, _client, oneOf) => oneOf?.[0] ?? resource,
      useGrantedResource: async () => true,
      getResourceServerInfo: async (_ctx, indicator) => {
        if (!resourceAccepted(indicator, resource)) {
          throw new errors.InvalidTarget(
            `unknown resource ${indicator}: expected a URL at or below ${resource}`,
          );
        }
        return { scope: scopes.join(" "), accessTokenFormat: "jwt", accessTokenTTL: tokenLifetimeSeconds };
      },
    },
  };
}

function descopeClaims(
  issuer: TokenIssuer,
): NonNullable<NonNullable<NonNullable<Configuration["formats"]>["customizers"]>["jwt"]> {
  return (_ctx, token, jwt) => {
    const { jti, iat, exp } = jwt.payload as { jti: string; iat: number; exp: number };
    const user = "accountId" in token && token.accountId ? userById(token.accountId) : undefined;
    const clientId = token.clientId as string;
    jwt.header = { typ: TOKEN_TYPE };
    jwt.payload = accessTokenClaims(issuer, {
      clientId,
      user,
      scope: token.scope,
      jti,
      issuedAt: iat,
      expiresAt: exp,
    });
  };
}
