// Signs identity JWTs and caches them: one KMS call per caller, server, audience and claims, until shortly before they expire.
import { randomUUID } from "node:crypto";
import QuickLRU from "quick-lru";
import { type IdentityJwtParts, identityJwtPayload, signingInput } from "../core/identity-jwt.ts";
import { canonicalHash } from "../core/json.ts";
import type { SigningKeys } from "./signing-keys.ts";

/** The input of a JWT. `subject` and `server` distinguish callers with equal claims. */
export type IdentityToSign = Omit<IdentityJwtParts, "jwtId"> & {
  subject: string;
  tokenIssuer: string;
  server: string;
};

/** Returns a signed JWT. Rejects if signing fails. */
export type SignIdentity = (identity: IdentityToSign) => Promise<string>;

type SignedIdentity = { jwt: string; exp: number; reuseUntil: number };

const REUSE_MARGIN_SECONDS = 30;
// quick-lru may keep twice as many entries.
const CACHED = 1_000;

/** Creates the signer with an empty cache. Simultaneous requests for the same JWT share one KMS call. */
export function createIdentitySigner(keys: SigningKeys): SignIdentity {
  const signed = new QuickLRU<string, SignedIdentity>({ maxSize: CACHED });
  const signing = new Map<string, Promise<SignedIdentity>>();

  async function sign(identity: IdentityToSign): Promise<SignedIdentity> {
    const payload = identityJwtPayload({ ...identity, jwtId: randomUUID() });
    const input = signingInput(await keys.signingKeyId(), payload);
    const jwt = `${input}.${await keys.sign(input)}`;
    const lifetime = payload.exp - Math.floor(identity.now.getTime() / 1000);
    // A JWT that is shorter than the margin is reused for half of its lifetime; otherwise each request would sign a new one.
    const margin = Math.min(REUSE_MARGIN_SECONDS, lifetime / 2);
    return { jwt, exp: payload.exp, reuseUntil: payload.exp - margin };
  }

  return async (identity) => {
    const key = cacheKey(identity);
    const nowSeconds = identity.now.getTime() / 1000;
    const cached = signed.get(key);
    if (cached !== undefined && nowSeconds < cached.reuseUntil && cached.exp <= identity.tokenExpiresAt)
      return cached.jwt;

    // Requests with tokens of different expiry do not share a call: the JWT must not outlive the shorter one.
    const flightKey = `${key} ${identity.tokenExpiresAt}`;
    let flight = signing.get(flightKey);
    if (flight === undefined) {
      flight = sign(identity).finally(() => signing.delete(flightKey));
      signing.set(flightKey, flight);
    }
    const fresh = await flight;
    signed.set(key, fresh);
    return fresh.jwt;
  };
}

// Hash of the canonical JSON of everything that distinguishes two identities.
function cacheKey({
  subject,
  tokenIssuer,
  server,
  issuer,
  audience,
  claims,
  expirySeconds,
}: IdentityToSign): string {
  return canonicalHash({ subject, tokenIssuer, server, issuer, audience, claims, expirySeconds });
}
