// Descope's Connections token vault: `POST /v1/mgmt/outbound/app/{user,tenant}/token[/latest]`. The credential is the caller's own token, which
// needs the scope `outbound.token.fetch`; a client's own token, only for a tenant's connection; or a management key.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { JWTPayload } from "jose";
import { objectOrEmpty, readJson } from "../../../functions/core/json.ts";
import { readBody, sendJson } from "../http-message.ts";
import type { ConnectionStore, StoredToken } from "./connection-store.ts";
import {
  BAD_REQUEST,
  EXPIRY_FORMS,
  FORBIDDEN,
  NOT_CONNECTED,
  UNAUTHENTICATED,
  VAULT_VARIANTS,
  type VaultError,
  type VaultSettings,
} from "./vault-variants.ts";

/** The scope that a user's token needs; a client requests it and the user consents to it. */
export const FETCH_SCOPE = "outbound.token.fetch";
/** Accepted instead of a token; protects nothing, because the server listens only on loopback. */
const MANAGEMENT_KEY = "local-management-key";

export type VaultParts = {
  readonly projectId: string;
  readonly store: ConnectionStore;
  readonly settings: Readonly<VaultSettings>;
  /** claims of a valid access token of this project, or undefined */
  readonly verify: (token: string) => Promise<JWTPayload | undefined>;
};

type Asked = {
  appId: string;
  userId: string | undefined;
  tenantId: string | undefined;
  scopes: string[] | undefined;
  withRefreshToken: boolean;
  forceRefresh: boolean;
};

/** @param kind the part of the path after `/v1/mgmt/outbound/app/` */
export async function serveVault(
  parts: VaultParts,
  kind: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [, level, newest] = /^(user|tenant)\/token(\/latest)?$/.exec(kind) ?? [];
  if (level === undefined || request.method !== "POST") {
    return sendJson(response, 404, { errorCode: "E999404", errorDescription: "Not found" });
  }
  const asked = readAsked(await readBody(request), level, newest === undefined);
  const error = asked === undefined ? BAD_REQUEST : await credentialError(parts, request, asked);
  if (asked === undefined || error !== undefined) return sendVaultError(response, error ?? BAD_REQUEST);
  const variant: VaultError | undefined = VAULT_VARIANTS[parts.settings.variant];
  if (variant !== undefined) return sendVaultError(response, variant);
  const stored = parts.store.token(asked, asked);
  if (stored === undefined || !hasScopes(stored, asked.scopes))
    return sendVaultError(response, NOT_CONNECTED);
  sendJson(response, 200, { token: tokenBody(stored, asked, parts.settings) });
}

async function credentialError(
  { projectId, verify }: VaultParts,
  { headers }: IncomingMessage,
  { userId, tenantId }: Asked,
): Promise<VaultError | undefined> {
  const [, project, credential] = /^Bearer ([^: ]+):(\S+)$/.exec(headers.authorization ?? "") ?? [];
  if (project !== projectId || credential === undefined) return UNAUTHENTICATED;
  if (credential === MANAGEMENT_KEY) return undefined;
  const claims = await verify(credential);
  if (claims === undefined || claims["token_type"] !== "access_token") return UNAUTHENTICATED;
  const isClient = claims.sub === claims["client_id"];
  if (isClient) return userId === undefined ? undefined : FORBIDDEN;
  const scopes = String(claims["scope"] ?? "").split(" ");
  const tenants = Object.keys((claims["tenants"] as object | undefined) ?? {});
  const isOwn = userId === undefined || userId === claims.sub;
  const isMember = tenantId === undefined || tenants.includes(tenantId);
  return scopes.includes(FETCH_SCOPE) && isOwn && isMember ? undefined : FORBIDDEN;
}

function readAsked(body: string, level: string, byScopes: boolean): Asked | undefined {
  const { appId, userId, tenantId, scopes, options } = objectOrEmpty(readJson(body).value);
  const { withRefreshToken, forceRefresh } = objectOrEmpty(options);
  if (typeof appId !== "string" || appId === "") return undefined;
  if (level === "user" ? !isText(userId) : !isText(tenantId)) return undefined;
  if (byScopes && !(Array.isArray(scopes) && scopes.every((scope) => typeof scope === "string")))
    return undefined;
  return {
    appId,
    userId: level === "user" ? String(userId) : undefined,
    tenantId: isText(tenantId) ? tenantId : undefined,
    scopes: byScopes ? (scopes as string[]) : undefined,
    withRefreshToken: withRefreshToken === true,
    forceRefresh: forceRefresh === true,
  };
}

/** If the request names scopes, the stored token must have exactly these. */
function hasScopes(stored: StoredToken, asked: readonly string[] | undefined): boolean {
  if (asked === undefined) return true;
  const wanted = new Set(asked);
  return wanted.size === new Set(stored.scopes).size && stored.scopes.every((scope) => wanted.has(scope));
}

function tokenBody(
  { account, accessToken, expiresAt, scopes }: StoredToken,
  { withRefreshToken }: Asked,
  { expiryForm }: VaultSettings,
): object {
  const { appId, userId, tenantId } = account;
  return {
    id: `OT-${appId}-${userId ?? tenantId}`,
    appId,
    ...(userId !== undefined && { userId }),
    ...(tenantId !== undefined && { tenantId }),
    accessToken,
    accessTokenType: "bearer",
    accessTokenExpiry: EXPIRY_FORMS[expiryForm](expiresAt),
    hasRefreshToken: true,
    ...(withRefreshToken && { refreshToken: `${accessToken}-refresh` }),
    scopes,
  };
}

function sendVaultError(response: ServerResponse, error: VaultError): void {
  const { status, errorCode, errorDescription, retryAfterSeconds } = error;
  const headers: Record<string, string> =
    retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) };
  const body = { errorCode, errorDescription, errorMessage: errorDescription };
  sendJson(response, status, body, headers);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
