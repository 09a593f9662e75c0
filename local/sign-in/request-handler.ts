// Routes the paths of the sign-in server. Paths that Descope does not serve return 404, especially the RFC 8414 path-inserted
// discovery, so that a client that depends on it fails here as it would with Descope.
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type Provider from "oidc-provider";
import { prepareAuthorizationRequest, removeSession } from "./authorization-request.ts";
import type { Connections } from "./connections/connection-app.ts";
import { serveVault, type VaultParts } from "./connections/vault.ts";
import { BODY_TOO_LARGE, sendError, sendJson } from "./http-message.ts";
import { serveInteraction } from "./interactions.ts";
import type { KeyRing } from "./key-ring.ts";
import type { SignInLayout } from "./layout.ts";
import { type IssueToken, serveLocalToken } from "./local-token.ts";
import { serveUserinfo } from "./userinfo.ts";

export type HandlerParts = {
  readonly baseUrl: string;
  readonly issuer: string;
  readonly layout: SignInLayout;
  readonly keyRing: KeyRing;
  readonly provider: Provider;
  readonly knownScopes: readonly string[];
  /** Default of an authorization request without scope (RFC 6749 section 3.3). */
  readonly defaultScope: string;
  readonly issueToken: IssueToken;
  /** The project's own token endpoint. */
  readonly projectProvider: Provider;
  readonly connections: Connections;
  readonly vault: VaultParts;
  readonly serveConnections: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
};

export function requestHandler(parts: HandlerParts): RequestListener {
  const host = new URL(parts.baseUrl).host;
  return (request, response) => {
    // DNS rebinding: a page that pointed its own name at 127.0.0.1 would otherwise be same-origin with this server.
    if (request.headers.host !== host) {
      sendError(response, 421, "invalid_request", `This server accepts requests only for ${parts.baseUrl}.`);
      return;
    }
    handle(parts, request, response).catch((error: unknown) => {
      if ((error as { code?: string }).code === BODY_TOO_LARGE) {
        sendError(response, 413, "invalid_request", (error as Error).message);
        return;
      }
      console.error("sign-in server:", error);
      if (response.headersSent) response.destroy();
      else
        sendError(response, 500, "server_error", "The sign-in server failed. See its output for the cause.");
    });
  };
}

async function handle(
  parts: HandlerParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { layout, keyRing, provider } = parts;
  const url = new URL(request.url ?? "/", parts.baseUrl);
  const path = url.pathname;
  if (path === layout.localToken) return serveLocalToken(parts.issueToken, request, response);
  if (path === layout.connections) return parts.serveConnections(request, response);
  if (path.startsWith(layout.vault)) {
    return serveVault(parts.vault, path.slice(layout.vault.length), request, response);
  }
  if (path === layout.projectToken) return parts.projectProvider.callback()(request, response);
  if (path.startsWith(`${layout.pages}/`)) {
    return serveInteraction(parts, request, response);
  }
  if (path === layout.authorize || path.startsWith(`${layout.authorize}/`)) {
    if (path === layout.authorize) {
      await prepareAuthorizationRequest(request, url, parts.defaultScope);
      removeSession(request, response, provider.cookieName("session"));
    }
    return provider.callback()(request, response);
  }
  allowBrowserClients(response);
  if (request.method === "OPTIONS") return sendPreflightResponse(request, response);
  if (layout.jwks.includes(path)) return sendJson(response, 200, keyRing.jwks());
  if (path === layout.userinfo) return serveUserinfo(keyRing, parts.issuer, request, response);
  if (layout.discovery.includes(path)) {
    // oidc-provider serves its discovery documents at the root.
    request.url = path.slice(layout.issuer.length);
    return provider.callback()(request, response);
  }
  if ([layout.token, layout.register, layout.revoke].includes(path))
    return provider.callback()(request, response);
  sendError(
    response,
    404,
    "not_found",
    `Nothing is served at ${path}. Discovery is appended to ${parts.issuer}.`,
  );
}

/** Clients in web pages (the inspector) read these responses from another origin; none of them uses cookies. */
function allowBrowserClients(response: ServerResponse): void {
  response.setHeader("access-control-allow-origin", "*");
  response.setHeader("access-control-expose-headers", "WWW-Authenticate");
}

function sendPreflightResponse(request: IncomingMessage, response: ServerResponse): void {
  response
    .writeHead(204, {
      "access-control-allow-methods": "GET, POST",
      "access-control-allow-headers":
        request.headers["access-control-request-headers"] ?? "Authorization, Content-Type",
      "access-control-max-age": "3600",
    })
    .end();
}
