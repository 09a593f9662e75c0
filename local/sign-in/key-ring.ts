// The project's signing keys: the newest signs, all of them verify until they are revoked, as at Descope, where
// keys rotate daily and "Rotate and Revoke" retires every earlier one at once. Keys live in memory only.
import { generateKeyPair, type KeyObject, randomBytes, sign } from "node:crypto";
import { promisify } from "node:util";
import { exportJWK, type JWK, type JWTPayload, SignJWT } from "jose";
import { ExternalSigningKey } from "oidc-provider";

type RingKey = { kid: string; privateKey: KeyObject; publicKey: KeyObject; jwk: JWK };

export type KeyRing = {
  /** Public keys, newest first. */
  readonly jwks: () => { keys: JWK[] };
  /** Signs with the newest key; `header` replaces parameters one by one. */
  readonly signToken: (claims: JWTPayload, header?: Readonly<Record<string, unknown>>) => Promise<string>;
  readonly rotate: (options?: { revoke?: boolean | undefined }) => Promise<void>;
  /** The newest key in the form that oidc-provider signs with; follows rotations. */
  readonly providerKey: ExternalSigningKey;
};

/** Header parameter of every access token; oidc-provider would say `at+jwt`, Descope says `JWT`. */
export const TOKEN_TYPE = "JWT";

const generate = promisify(generateKeyPair);

async function newKey(): Promise<RingKey> {
  const { privateKey, publicKey } = await generate("rsa", { modulusLength: 2048 });
  const kid = `SK2${randomBytes(15).toString("hex").slice(0, 25)}`;
  const jwk = { ...(await exportJWK(publicKey)), kid, alg: "RS256", use: "sig" };
  return { kid, privateKey, publicKey, jwk };
}

export async function createKeyRing(): Promise<KeyRing> {
  const keys: [RingKey, ...RingKey[]] = [await newKey()];

  class NewestKey extends ExternalSigningKey {
    override get kid(): string {
      return keys[0].kid;
    }
    override get alg(): string {
      return "RS256";
    }
    override keyObject(): KeyObject {
      return keys[0].publicKey;
    }
    override sign(data: Uint8Array): Buffer {
      return sign("sha256", data, keys[0].privateKey);
    }
  }

  return {
    jwks: () => ({ keys: keys.map((key) => key.jwk) }),
    signToken: (claims, header = {}) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: "RS256", kid: keys[0].kid, typ: TOKEN_TYPE, ...header })
        .sign(keys[0].privateKey),
    rotate: async ({ revoke = false } = {}) => {
      const next = await newKey();
      keys.splice(0, revoke ? keys.length : 0, next);
    },
    providerKey: new NewestKey(),
  };
}
