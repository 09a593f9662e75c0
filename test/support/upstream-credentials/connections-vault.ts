// Descope's Connections token vault for tests: the endpoints of a user's and of a tenant's token, the newest one or by exact scopes, with
// Descope's error bodies. Every token is another one and belongs to one user, tenant and app.
import { decodeJwt } from "jose";
import {
  type CredentialRequest,
  type CredentialServer,
  type Decision,
  startCredentialServer,
} from "./credential-server.ts";

/** The owner of a token. */
export type Connection = {
  appId: string;
  /** undefined: the tenant's own */
  userId?: string | undefined;
  /** undefined: the user's own */
  tenantId?: string | undefined;
  scopes?: readonly string[];
};

/** How the vault writes an expiry: always as a string, or not at all. */
export type ExpiryForm = "epoch seconds" | "epoch milliseconds" | "RFC 3339" | "zero" | "empty" | "absent";

/** The vault, and what is in it. */
export type ConnectionsVault = CredentialServer & {
  /** Connects an account: from now on every fetch gets a new token for it. */
  connect(connection: Connection): void;
  disconnect(connection: Connection): void;
  /** undefined for a token that was not issued here, or that was revoked */
  ownerOf(token: string): Connection | undefined;
  /** Revokes a token. */
  revoke(token: string): void;
  /** Replaces the vault's decision; `undefined` restores it. */
  decideWith(decide: (request: CredentialRequest) => Decision | undefined): void;
  expiryForm: ExpiryForm;
  /** Lifetime of tokens issued from now on, in seconds. */
  lifetime: number;
};

/** Descope's error for an account that is not connected, for another tenant or for other scopes too. */
const NOT_CONNECTED: Decision = {
  status: 404,
  body: {
    errorCode: "E111504",
    errorDescription: "Outbound application token not found",
    errorMessage: "Token not found for this user",
  },
};

/** @param managementKey taken as a credential beside the callers' own tokens */
export async function startConnectionsVault(managementKey = "K2management"): Promise<ConnectionsVault> {
  const connections = new Map<string, Connection>();
  const tokens = new Map<string, Connection>();
  let decideFirst: (request: CredentialRequest) => Decision | undefined = () => undefined;
  let issuedTokens = 0;

  function decide(request: CredentialRequest): Decision {
    const decided = decideFirst(request);
    if (decided !== undefined) return decided;
    const [, level, newest] =
      /^\/v1\/mgmt\/outbound\/app\/(user|tenant)\/token(\/latest)?$/.exec(request.path) ?? [];
    if (request.method !== "POST" || level === undefined) return { status: 404, body: {} };
    const asked = JSON.parse(request.body) as Connection;
    if (!mayFetch(request, asked, managementKey)) return { status: 403, body: { errorCode: "E000403" } };
    const found = connections.get(keyOf({ ...asked, userId: level === "user" ? asked.userId : undefined }));
    if (found === undefined) return NOT_CONNECTED;
    if (newest === undefined && !sameScopes(found.scopes, asked.scopes)) return NOT_CONNECTED;
    issuedTokens += 1;
    const token = `connection-token-${issuedTokens}-${crypto.randomUUID()}`;
    tokens.set(token, found);
    return { token, expiresIn: vault.lifetime };
  }

  const server = await startCredentialServer(decide, (token, expiresIn) => ({
    token: {
      id: "OT2token",
      accessToken: token,
      accessTokenType: "bearer",
      ...expiryMember(vault.expiryForm, Number(expiresIn)),
      hasRefreshToken: true,
      scopes: [],
    },
  }));
  const vault: ConnectionsVault = {
    ...server,
    connect: (connection) => void connections.set(keyOf(connection), connection),
    disconnect: (connection) => void connections.delete(keyOf(connection)),
    ownerOf: (token) => tokens.get(token),
    revoke: (token) => void tokens.delete(token),
    decideWith: (decideInstead) => {
      decideFirst = decideInstead;
    },
    expiryForm: "epoch seconds",
    lifetime: 3600,
  };
  return vault;
}

function keyOf({ appId, userId = "", tenantId = "" }: Connection): string {
  return JSON.stringify([appId, userId, tenantId]);
}

/** `Authorization: Bearer <project id>:<credential>`, where the credential is the user's own token or the management key. */
function mayFetch({ headers }: CredentialRequest, asked: Connection, managementKey: string): boolean {
  const [, credential = ""] = /^Bearer P\w+:(\S+)$/.exec(headers.authorization ?? "") ?? [];
  if (credential === managementKey) return true;
  const { sub, scope } = decodeJwt(credential);
  const mayFetchTokens = String(scope).split(" ").includes("outbound.token.fetch");
  return mayFetchTokens && (asked.userId === undefined || asked.userId === sub);
}

function sameScopes(stored: readonly string[] = [], asked: readonly string[] = []): boolean {
  return stored.length === asked.length && stored.every((scope) => asked.includes(scope));
}

function expiryMember(form: ExpiryForm, seconds: number): { accessTokenExpiry?: string } {
  const milliseconds = Date.now() + seconds * 1000;
  switch (form) {
    case "epoch seconds":
      return { accessTokenExpiry: String(Math.floor(milliseconds / 1000)) };
    case "epoch milliseconds":
      return { accessTokenExpiry: String(milliseconds) };
    case "RFC 3339":
      return { accessTokenExpiry: new Date(milliseconds).toISOString() };
    case "zero":
      return { accessTokenExpiry: "0" };
    case "empty":
      return { accessTokenExpiry: "" };
    case "absent":
      return {};
  }
}
