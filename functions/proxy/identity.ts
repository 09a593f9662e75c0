// The identity headers of a request, by the configured method. If the method fails, the request fails: it is never sent with another
// form of identity or without one.
import { largestClaims } from "../core/claims.ts";
import type { EffectiveServer } from "../core/config/effective-server.ts";
import type { BearerHeader, ClaimsHeader, SignedHeader } from "../core/config/identity-forwarding.ts";
import { type ErrorResponse, errorResponse } from "../core/error-response.ts";
import { claimsHeaderValue } from "../core/identity-header.ts";
import { type Principal, pickClaims } from "../core/principal.ts";
import type { SignIdentity } from "../platform/identity-signer.ts";

/** Identity headers, or an error response. */
export type IdentityHeaders =
  | { ok: true; headers: Record<string, string> }
  | { ok: false; errorResponse: ErrorResponse; cause?: unknown };

export type IdentityParts = {
  server: EffectiveServer;
  principal: Principal;
  /** the caller's token as sent, for `bearer` */
  token: string | undefined;
  /** the gateway's URL: `iss` of signed identities */
  publicUrl: string;
  /** maximum header value in bytes */
  maxBytes: number;
  sign: SignIdentity;
  now: Date;
};

/**
 * Creates the identity headers of a request.
 *
 * @param parts the server, the caller and the signer
 */
export async function identityHeaders(parts: IdentityParts): Promise<IdentityHeaders> {
  const { identity } = parts.server;
  switch (identity?.method) {
    case undefined:
      return { ok: true, headers: {} };
    case "claims_header":
      return claimsHeader(identity, parts);
    case "jwt_header":
      return signedHeader(identity, parts);
    case "bearer":
      return bearerHeader(identity, parts.token);
  }
}

function claimsHeader(
  identity: ClaimsHeader,
  { principal, maxBytes }: Pick<IdentityParts, "principal" | "maxBytes">,
): IdentityHeaders {
  const made = claimsHeaderValue(pickClaims(principal, identity.includeClaims), maxBytes);
  if (!made.ok) return tooLarge(made.size, made.largestClaims);
  return { ok: true, headers: { [identity.headerName]: made.value } };
}

async function signedHeader(identity: SignedHeader, parts: IdentityParts): Promise<IdentityHeaders> {
  const { principal, server, publicUrl, now, maxBytes } = parts;
  const claims = pickClaims(principal, identity.includeClaims);
  // Checked before signing: a JWT that is too large costs no KMS call.
  const size = claimsHeaderValue(claims, maxBytes);
  if (!size.ok) return tooLarge(size.size, size.largestClaims);
  try {
    const jwt = await parts.sign({
      issuer: publicUrl,
      audience: identity.audience,
      claims,
      expirySeconds: identity.expirySeconds,
      tokenExpiresAt: principal.exp,
      subject: principal.sub,
      tokenIssuer: principal.issuer,
      server: server.name,
      now,
    });
    if (jwt.length > maxBytes) return tooLarge(jwt.length, largestClaims(claims));
    return { ok: true, headers: { [identity.headerName]: jwt } };
  } catch (cause) {
    const message = "The gateway could not sign your identity for the MCP server. Try again later.";
    return { ok: false, errorResponse: errorResponse("identity_unavailable", message), cause };
  }
}

function bearerHeader({ headerName }: BearerHeader, token: string | undefined): IdentityHeaders {
  if (token === undefined) {
    const message = "The gateway could not forward your token. Send it once, in the configured header.";
    return { ok: false, errorResponse: errorResponse("identity_unavailable", message) };
  }
  const value = headerName.toLowerCase() === "authorization" ? `Bearer ${token}` : token;
  return { ok: true, headers: { [headerName]: value } };
}

function tooLarge(size: number, largestClaims: readonly string[]): IdentityHeaders {
  const message =
    `The identity header with your claims has ${size} bytes, which is too large. The largest claims are ${largestClaims.join(", ")}. ` +
    "Ask the administrator to shorten include_claims or these claims in Descope.";
  return { ok: false, errorResponse: errorResponse("identity_too_large", message) };
}
