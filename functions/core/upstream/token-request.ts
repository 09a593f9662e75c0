// Builds the requests that fetch a credential. Parameters come with their secrets filled in.
import type { ConnectionCredential, EndpointCredential } from "../config/upstream/credential.ts";
import type { Principal } from "../principal.ts";

export type TokenRequest = { url: string; headers: Readonly<Record<string, string>>; body: string };

/** How the gateway authenticates to a token endpoint, with its secret or assertion. */
export type ClientProof =
  | { method: "client_secret_basic" | "client_secret_post"; secret: string }
  | { method: "private_key_jwt"; assertion: string };

const TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";
const JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** The user or tenant whose token is fetched. */
export type ConnectionOwner = { userId: string; tenant: string };

/** The caller as the owner of a token. If a JWT template replaces `sub`, `dsub` contains Descope's user id. */
export function connectionOwner({
  sub,
  tenant,
  claims,
}: Pick<Principal, "sub" | "tenant" | "claims">): ConnectionOwner {
  const { dsub } = claims;
  return { userId: typeof dsub === "string" ? dsub : sub, tenant };
}

/**
 * The request to a token endpoint.
 *
 * @param proof the gateway's client authentication
 * @param extraParameters with secrets filled in
 * @param subjectToken the caller's token, for an exchange
 * @see RFC 6749 §4.4.2, RFC 8693 §2.1, RFC 8707 §2, RFC 7523 §2.2
 */
export function endpointRequest(
  { tokenUrl, client, resource, audience, scopes }: EndpointCredential,
  proof: ClientProof,
  extraParameters: Readonly<Record<string, string>>,
  subjectToken: string | undefined,
): TokenRequest {
  const form = new URLSearchParams(extraParameters);
  const set = (name: string, value: string | undefined) => value && form.set(name, value);
  set("grant_type", subjectToken === undefined ? "client_credentials" : TOKEN_EXCHANGE);
  set("subject_token", subjectToken);
  set("subject_token_type", subjectToken && ACCESS_TOKEN);
  set("scope", scopes.join(" "));
  set("resource", resource);
  set("audience", audience);
  const headers: Record<string, string> = { "content-type": "application/x-www-form-urlencoded" };
  switch (proof.method) {
    case "client_secret_basic":
      headers["authorization"] = basicCredentials(client.id, proof.secret);
      break;
    case "client_secret_post":
      set("client_id", client.id);
      set("client_secret", proof.secret);
      break;
    case "private_key_jwt":
      set("client_id", client.id);
      set("client_assertion_type", JWT_BEARER);
      set("client_assertion", proof.assertion);
  }
  return { url: tokenUrl, headers, body: form.toString() };
}

/** Id and secret, each form-encoded (RFC 6749 §2.3.1). */
function basicCredentials(id: string, secret: string): string {
  const credentials = [id, secret].map(encodeURIComponent).join(":");
  return `Basic ${Buffer.from(credentials).toString("base64")}`;
}

/**
 * The request to Descope's Connections.
 *
 * @param bearer the caller's token, or the management key
 * @param extraParameters with secrets filled in
 * @param forceRefresh true if the server has denied the last token
 */
export function connectionRequest(
  { endpoint, projectId, appId, level, scopes }: ConnectionCredential,
  bearer: string,
  { userId, tenant }: ConnectionOwner,
  extraParameters: Readonly<Record<string, string>>,
  forceRefresh: boolean,
): TokenRequest {
  const body = {
    ...extraParameters,
    appId,
    ...(level !== "tenant" && { userId }),
    ...(level !== "user" && { tenantId: tenant }),
    ...(scopes.length > 0 && { scopes }),
    ...(forceRefresh && { options: { forceRefresh: true } }),
  };
  const headers = { "content-type": "application/json", authorization: `Bearer ${projectId}:${bearer}` };
  return { url: endpoint, headers, body: JSON.stringify(body) };
}

/** Claims of a client assertion (RFC 7523 §3). Times in seconds since 1970. */
export type AssertionClaims = {
  iss: string;
  sub: string;
  aud: string;
  iat: number;
  exp: number;
  jti: string;
};

/** Lifetime of a client assertion: it is used at once. */
const ASSERTION_SECONDS = 60;

/** The claims of the gateway's client assertion (RFC 7523 §3). @param now milliseconds since 1970 */
export function assertionClaims(
  { client, tokenUrl }: Pick<EndpointCredential, "client" | "tokenUrl">,
  now: number,
  jwtId: string,
): AssertionClaims {
  const iat = Math.floor(now / 1_000);
  return { iss: client.id, sub: client.id, aud: tokenUrl, iat, exp: iat + ASSERTION_SECONDS, jti: jwtId };
}
