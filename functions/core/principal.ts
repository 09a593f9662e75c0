// The verified caller, as the authorizer passes it to the proxy: strings for access logs, and the principal as base64url JSON. API Gateway
// turns every context value into a string, and JSON strings in it have broken cached results.
import { type Claims, largestClaims, readClaim, readScopes } from "./claims.ts";
import { approximateNumber } from "./exact-number.ts";
import { isJsonObject, readJson } from "./json.ts";
import { AUTHORIZER_CONTEXT_MAX_BYTES } from "./limits.ts";
import { accessLogText } from "./safe-text.ts";
import type { TokenDenial } from "./token-denial.ts";

/** A verified caller at one server. */
export type Principal = {
  server: string;
  sub: string;
  issuer: string;
  /** the token's `exp`, seconds since the epoch */
  exp: number;
  tenant: string;
  /** true if the server decides by tenant and the token says that the caller belongs to it; omitted otherwise */
  tenantIsMember?: true;
  clientId: string;
  scopes: readonly string[];
  /** the claims that this server's identity header or rules use, by the name under which the configuration asks for them */
  claims: Claims;
  /** false if the server was unknown and the gateway's rules were used: nothing may be forwarded */
  admitted: boolean;
  /** SHA-256 of the token that was verified, in base64url */
  tokenHash?: string;
  /** the introspection response of an opaque token, which contains no claims itself */
  introspected?: Claims;
};

/**
 * The authorizer's context: every value a string. All but `principal` are texts for access logs, bounded and escaped.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
 */
export type PrincipalContext = Record<
  "sub" | "server" | "tenant" | "clientId" | "scope" | "exp" | "principal",
  string
>;

/**
 * Builds the principal from a verified token's claims.
 *
 * @param claims payload of a token that passed every check of this server
 * @param claimNames the claims that the proxy needs
 * @param expiresAt when the caller's token ends, in seconds since the epoch; its `exp` unless given
 */
export function principalOf(
  claims: Claims,
  server: string,
  claimNames: Iterable<string>,
  expiresAt = approximateNumber(claims["exp"]) ?? 0,
): Omit<Principal, "admitted" | "tokenHash" | "introspected"> {
  const picked: [string, unknown][] = [];
  for (const name of claimNames) {
    const value = readClaim(claims, name);
    if (value !== undefined) picked.push([name, value]);
  }
  return {
    server,
    sub: textClaim(claims, "sub"),
    issuer: textClaim(claims, "iss"),
    exp: expiresAt,
    tenant: textClaim(claims, "dct") || soleTenant(claims),
    clientId: textClaim(claims, "azp") || textClaim(claims, "client_id"),
    scopes: readScopes(claims),
    claims: Object.fromEntries(picked),
  };
}

/** Picks the claims for the identity header; absent ones are omitted. @param names `include_claims` of the server */
export function pickClaims({ claims }: Pick<Principal, "claims">, names: readonly string[]): Claims {
  const present = names.filter((name) => Object.hasOwn(claims, name));
  return Object.fromEntries(present.map((name) => [name, claims[name]]));
}

/**
 * Encodes a principal for the authorizer's result.
 *
 * @returns the context, or a denial if it is larger than {@link AUTHORIZER_CONTEXT_MAX_BYTES}
 */
export function encodePrincipal(
  principal: Principal,
): { ok: true; context: PrincipalContext } | { ok: false; denial: TokenDenial } {
  const { server, ...blob } = principal;
  const { sub, exp, tenant, clientId, scopes, claims, introspected } = blob;
  const context: PrincipalContext = {
    sub: accessLogText(sub),
    server: accessLogText(server),
    tenant: accessLogText(tenant),
    clientId: accessLogText(clientId),
    scope: accessLogText(scopes.join(" ")),
    exp: String(exp),
    principal: Buffer.from(JSON.stringify(blob)).toString("base64url"),
  };
  let size = 0;
  for (const key in context) size += key.length + context[key as keyof PrincipalContext].length;
  if (size <= AUTHORIZER_CONTEXT_MAX_BYTES) return { ok: true, context };
  return {
    ok: false,
    denial: {
      reason: "principal_too_large",
      expected: `at most ${AUTHORIZER_CONTEXT_MAX_BYTES} bytes`,
      actual: `${size} bytes; largest claims: ${largestClaims({ ...introspected, ...claims }).join(", ")}`,
    },
  };
}

/**
 * Decodes what `encodePrincipal` made.
 *
 * @param context `event.requestContext.authorizer`, which only API Gateway writes
 * @returns the principal, or undefined if the context is missing or invalid: the request must then be denied
 */
export function decodePrincipal(context: Record<string, unknown> | null | undefined): Principal | undefined {
  const { server, principal } = context ?? {};
  if (typeof server !== "string" || typeof principal !== "string") return undefined;
  const blob = readJson(Buffer.from(principal, "base64url").toString("utf8"), { maxDepth: MAX_DEPTH });
  return blob.ok && isPrincipalBlob(blob.value) ? { ...blob.value, server } : undefined;
}

/** Claims are nested two levels deeper than in the token. */
const MAX_DEPTH = 128;

function isPrincipalBlob(value: unknown): value is Omit<Principal, "server"> {
  const fields = (value ?? {}) as Record<string, unknown>;
  const { sub, issuer, exp, tenant, clientId, scopes, claims, admitted, introspected = {} } = fields;
  const texts = [sub, issuer, tenant, clientId].every((text) => typeof text === "string");
  const complete =
    Number.isFinite(exp) &&
    Array.isArray(scopes) &&
    isJsonObject(claims) &&
    isJsonObject(introspected) &&
    typeof admitted === "boolean";
  return texts && sub !== "" && complete;
}

function textClaim(claims: Claims, name: string): string {
  const value = readClaim(claims, name);
  return typeof value === "string" ? value : "";
}

/**
 * Whether a token says that its caller belongs to a tenant.
 *
 * @param claims payload of a verified token
 * @param tenant the current tenant, or ""
 */
export function isTenantMember(claims: Claims, tenant: string): boolean {
  const tenants = readClaim(claims, "tenants");
  return isJsonObject(tenants) && Object.hasOwn(tenants, tenant);
}

// Descope names the current tenant in `dct`; a user of exactly one tenant has no other.
function soleTenant(claims: Claims): string {
  const tenants = readClaim(claims, "tenants");
  const ids = isJsonObject(tenants) ? Object.keys(tenants) : [];
  return ids.length === 1 ? (ids[0] as string) : "";
}
