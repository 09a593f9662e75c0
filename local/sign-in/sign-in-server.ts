// The local sign-in server: stands in for Descope on loopback, for the local run and for tests.
// All state is in memory: keys, clients and grants are new at every start.
import { createServer, type RequestListener } from "node:http";
import { closeServer, listenOn } from "../loopback-server.ts";
import type { TokenIssuer } from "./claims.ts";
import type { ConnectionApp } from "./connections/connection-app.ts";
import { ConnectionStore } from "./connections/connection-store.ts";
import { connectionsPage } from "./connections/connections-page.ts";
import type { VaultSettings } from "./connections/vault-variants.ts";
import { createKeyRing } from "./key-ring.ts";
import { signInLayout } from "./layout.ts";
import type { IssueToken } from "./local-token.ts";
import { createProjectProvider } from "./project-provider.ts";
import { createProvider } from "./provider.ts";
import { requestHandler } from "./request-handler.ts";
import type { ExchangeSettings } from "./token-exchange.ts";
import { tokenIssuer } from "./token-issue.ts";
import { verifiedToken } from "./verified-token.ts";

export type SignInOptions = {
  readonly projectId: string;
  readonly mcpServerId: string;
  /**
   * MCP Server URL as set in Descope's console: the `aud` of every token. Clients may send it, or a URL below it, as resource indicator
   * (RFC 8707).
   */
  readonly resource: string;
  /** The MCP Server's scopes, in addition to OpenID's; default: none. */
  readonly scopes?: string[];
  /** Scopes of a client that requests none; default: all of `scopes`. */
  readonly defaultScopes?: string[];
  /** 0 or undefined: any free port. */
  readonly port?: number | undefined;
  /** Default 3600. */
  readonly tokenLifetimeSeconds?: number | undefined;
  /** Whether discovery advertises client id metadata documents; default true. */
  readonly advertiseClientDocuments?: boolean | undefined;
  /** URLs of the Resources behind the gateway, for which the gateway's clients get tokens. */
  readonly upstreamResources?: readonly string[] | undefined;
  /** Services whose accounts can be connected. */
  readonly connectionApps?: readonly ConnectionApp[] | undefined;
  /** Called with a sentence for the operator when a sign-in fails because of a client's document; default: standard error. */
  readonly onProblem?: ((text: string) => void) | undefined;
  /** Called with the grant type and the client's name for each token that the token endpoint issues. */
  readonly onGrant?: ((grantType: string, clientName: string) => void) | undefined;
};

export type SignInServer = {
  /** `http://127.0.0.1:<port>`, the counterpart of `https://api.descope.com`. */
  readonly baseUrl: string;
  readonly issuer: string;
  readonly issueToken: IssueToken;
  /** Signs with a new key from now on; earlier keys stay in the JWKS unless `revoke` is set. */
  rotateKeys(options?: { revoke?: boolean }): Promise<void>;
  /** The accounts that are connected. */
  readonly connections: ConnectionStore;
  /** Services whose accounts can be connected. */
  readonly connectionApps: readonly ConnectionApp[];
  /** The page on which accounts are connected. */
  readonly connectionsUrl: string;
  /** Sets the response of the Connections vault. */
  readonly vault: VaultSettings;
  /** Sets whether token exchange is denied, and with which error. */
  readonly exchange: ExchangeSettings;
  close(): Promise<void>;
};

const OPENID_SCOPES = ["openid", "profile", "email", "offline_access"];
const TOKEN_LIFETIME_SECONDS = 3600;

/** @throws Error that names the port if it is in use */
export async function startSignIn(options: SignInOptions): Promise<SignInServer> {
  const { projectId, mcpServerId, resource, scopes = [] } = options;
  const { tokenLifetimeSeconds = TOKEN_LIFETIME_SECONDS } = options;
  const layout = signInLayout(projectId, mcpServerId);
  const keyRing = await createKeyRing();
  let handler: RequestListener = (_request, response) => response.writeHead(503).end();
  // Longer than clients keep a connection alive: a request on a connection that closes at the same time would fail.
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) =>
    handler(request, response),
  );
  const { port = 0 } = options;
  const baseUrl = `http://127.0.0.1:${await listenOn(server, port, "for the sign-in server")}`;
  const from: TokenIssuer = { issuer: baseUrl + layout.issuer, projectId, resource };
  const knownScopes = [...new Set([...OPENID_SCOPES, ...scopes])];
  const defaultScope = (options.defaultScopes ?? scopes).join(" ") || "openid";
  const issueToken = tokenIssuer(from, keyRing, defaultScope, tokenLifetimeSeconds);
  const settings = {
    ...from,
    baseUrl,
    layout,
    keyRing,
    scopes: knownScopes,
    tokenLifetimeSeconds,
    advertiseClientDocuments: options.advertiseClientDocuments ?? true,
    onGrant: options.onGrant ?? (() => {}),
    onProblem: options.onProblem ?? ((text: string) => console.error(`sign-in server: ${text}`)),
  };
  const provider = createProvider(settings);
  const projectIssuer = baseUrl + layout.projectIssuer;
  const verify = (token: string) => verifiedToken(keyRing, [from.issuer, projectIssuer], token);
  const exchange: ExchangeSettings = { denial: undefined };
  const projectProvider = createProjectProvider({
    projectIssuer,
    projectId,
    keyRing,
    tokenLifetimeSeconds,
    exchange,
    verify,
    tokenPath: layout.projectToken,
    gatewayUrl: resource,
    upstreamResources: options.upstreamResources ?? [],
    scopes: knownScopes,
    onGrant: settings.onGrant,
  });
  const connections = new ConnectionStore();
  const connectionApps = options.connectionApps ?? [];
  const vault: VaultSettings = { variant: "ordinary", expiryForm: "epoch_seconds" };
  handler = requestHandler({
    ...settings,
    provider,
    projectProvider,
    knownScopes,
    defaultScope,
    issueToken,
    connections: { apps: connectionApps, store: connections },
    vault: { projectId, store: connections, settings: vault, verify },
    serveConnections: connectionsPage({
      apps: connectionApps,
      store: connections,
      settings: vault,
      exchange,
    }),
  });
  return {
    baseUrl,
    issuer: from.issuer,
    issueToken,
    rotateKeys: (how) => keyRing.rotate(how),
    connections,
    connectionApps,
    connectionsUrl: `${baseUrl}${layout.connections}?flow=connections`,
    vault,
    exchange,
    close: () => closeServer(server),
  };
}
