// Signs identity JWTs and reuses them: one KMS call per caller, server, audience and claims, until shortly before the JWT's end.
import { randomUUID } from "node:crypto";
import QuickLRU from "quick-lru";
import { type IdentityJwtParts, identityJwtPayload, signingInput } from "../core/identity-jwt.ts";
import { canonicalHash } from "../core/json.ts";
import type { SigningKeys } from "./signing-keys.ts";

/** What is signed, without what the signer adds itself. `subject` and `server` keep two callers apart whose claims are alike. */
export type IdentityToSign = Omit<IdentityJwtParts, "jwtId"> & {
  subject: string;
  tokenIssuer: string;
  server: string;
};

/** Gives a signed JWT. Rejects where signing fails: nothing unsigned ever stands in for it. */
export type SignIdentity = (identity: IdentityToSign) => Promise<string>;

type SignedIdentity = { jwt: string; exp: number; reuseUntil: number };

const REUSE_MARGIN_SECONDS = 30;
// Those used most recently are held, at most twice as many.
const CACHED = 1_000;

/**
 * Opens a signer with an empty cache.
 *
 * @param keys the signing keys
 */
export function createIdentitySigner(keys: SigningKeys): SignIdentity {
  const signed = new QuickLRU<string, SignedIdentity>({ maxSize: CACHED });
  const signing = new Map<string, Promise<SignedIdentity>>();

  async function sign(identity: IdentityToSign): Promise<SignedIdentity> {
    const payload = identityJwtPayload({ ...identity, jwtId: randomUUID() });
    const input = signingInput(await keys.signingKeyId(), payload);
    const jwt = `${input}.${await keys.sign(input)}`;
    const lifetime = payload.exp - Math.floor(identity.now.getTime() / 1000);
    // A JWT too short-lived for the margin is reused for half its life, or every request of its last seconds would be signed anew.
    const margin = Math.min(REUSE_MARGIN_SECONDS, lifetime / 2);
    return { jwt, exp: payload.exp, reuseUntil: payload.exp - margin };
  }

  return async (identity) => {
    const key = cacheKey(identity);
    const nowSeconds = identity.now.getTime() / 1000;
    const cached = signed.get(key);
    if (cached !== undefined && nowSeconds < cached.reuseUntil && cached.exp <= identity.tokenExpiresAt)
      return cached.jwt;

    // Callers with tokens of different length share no flight: the JWT must not outlive the shorter one.
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

// Hashed over canonical JSON of everything that tells two identities apart, object claims included.
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
