// An OAuth token endpoint for tests: client credentials (RFC 6749 §4.4) and token exchange (RFC 8693). Every token is another one and says,
// to the double alone, whom it was issued for.
import { decodeJwt } from "jose";
import {
  type CredentialRequest,
  type CredentialServer,
  type Decision,
  startCredentialServer,
} from "./credential-server.ts";

const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";

/** The subject and client of a token. */
export type IssuedToken = {
  grant: "client_credentials" | "token_exchange";
  clientId: string;
  /** `sub` of the exchanged token; undefined for client credentials */
  subject: string | undefined;
  /** `resource`, or `audience` */
  audience: string | undefined;
  scope: string | undefined;
};

/** The endpoint, and what it has issued. */
export type TokenEndpoint = CredentialServer & {
  tokenUrl: string;
  /** undefined for a token that was not issued here, or that was revoked */
  ownerOf(token: string): IssuedToken | undefined;
  /** Revokes a token. */
  revoke(token: string): void;
  /** Replaces the endpoint's decision; `undefined` restores it. */
  decideWith(decide: (request: CredentialRequest) => Decision | undefined): void;
  /** Lifetime of what is issued from now on, in seconds; undefined: the response says nothing. */
  lifetime: number | undefined;
};

/** @param makeToken what a token looks like; by default opaque */
export async function startTokenEndpoint(
  makeToken: (issued: IssuedToken, number: number) => string = opaque,
): Promise<TokenEndpoint> {
  const tokens = new Map<string, IssuedToken>();
  let decideFirst: (request: CredentialRequest) => Decision | undefined = () => undefined;
  let issuedTokens = 0;

  function decide(request: CredentialRequest): Decision {
    const decided = decideFirst(request);
    if (decided !== undefined) return decided;
    if (request.method !== "POST" || request.path !== "/token") return { status: 404, body: {} };
    const issued = readGrant(request);
    if (typeof issued === "string") return { status: 400, body: { error: issued } };
    issuedTokens += 1;
    const token = makeToken(issued, issuedTokens);
    tokens.set(token, issued);
    return { token, expiresIn: endpoint.lifetime };
  }

  const server = await startCredentialServer(decide, (token, expiresIn) => ({
    access_token: token,
    issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
    token_type: "Bearer",
    expires_in: expiresIn,
  }));
  const endpoint: TokenEndpoint = {
    ...server,
    tokenUrl: `${server.url}/token`,
    ownerOf: (token) => tokens.get(token),
    revoke: (token) => void tokens.delete(token),
    decideWith: (decideInstead) => {
      decideFirst = decideInstead;
    },
    lifetime: 3600,
  };
  return endpoint;
}

function opaque(_issued: IssuedToken, number: number): string {
  return `issued-token-${number}-${crypto.randomUUID()}`;
}

/** The grant that a request asks for, or the OAuth error. */
function readGrant({ headers, body }: CredentialRequest): IssuedToken | string {
  if (!headers["content-type"]?.startsWith("application/x-www-form-urlencoded")) return "invalid_request";
  const form = new URLSearchParams(body);
  const clientId = form.get("client_id") ?? basicUser(headers.authorization);
  if (clientId === undefined) return "invalid_client";
  const asked = {
    clientId,
    audience: form.get("resource") ?? form.get("audience") ?? undefined,
    scope: form.get("scope") ?? undefined,
  };
  if (form.get("grant_type") === "client_credentials") {
    return { grant: "client_credentials", subject: undefined, ...asked };
  }
  if (form.get("grant_type") !== EXCHANGE) return "unsupported_grant_type";
  if (form.get("subject_token_type") !== "urn:ietf:params:oauth:token-type:access_token")
    return "invalid_request";
  return { grant: "token_exchange", subject: decodeJwt(form.get("subject_token") ?? "").sub, ...asked };
}

function basicUser(authorization = ""): string | undefined {
  const [, encoded] = /^Basic (\S+)$/.exec(authorization) ?? [];
  if (encoded === undefined) return undefined;
  return decodeURIComponent(Buffer.from(encoded, "base64").toString("utf8").split(":")[0] ?? "");
}
