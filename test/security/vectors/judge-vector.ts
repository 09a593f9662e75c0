// What the gateway's verifier makes of a test vector under one published key. Vectors sign prose, not claims: the verifier looks at the
// payload only after the signature, so "no JWT" with jose's code for that means that the signature was accepted.
import { readKeySet } from "../../../functions/core/jwk-set.ts";
import { verifyToken } from "../../../functions/core/verify-token.ts";
import { tokenRules } from "../../support/rules.ts";
import { NOW } from "../../support/tokens.ts";

/** Every algorithm that a configuration can allow. */
export const EVERY_ALGORITHM: readonly string[] = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
];

/** @returns "signature accepted", or the reason of the denial */
export async function verifyVector(jws: string, publicJwk: object): Promise<string> {
  const keySet = readKeySet({ keys: [publicJwk] });
  const verdict = await verifyToken(
    jws,
    tokenRules({ algorithms: EVERY_ALGORITHM }),
    async (kid, algorithm) => {
      const key = await keySet?.find(kid, algorithm);
      if (key !== undefined) return { ok: true, key };
      return {
        ok: false,
        denial: { reason: "key_unknown", expected: "the vector's key", actual: "another" },
      };
    },
    NOW,
  );
  if (verdict.ok) return "token accepted";
  const { code } = (verdict.denial.cause ?? {}) as { code?: string };
  return code === "ERR_JWT_INVALID" ? "signature accepted" : verdict.denial.reason;
}
