// Seals and opens ids. The secrets are read on first use.
import { type IdBinding, type IdPurpose, openId, sealId } from "../core/sealed-id.ts";
import type { GetSecret } from "../platform/secret-store.ts";

/** Seals a server's id; undefined if the result would be too long for clients to send. */
export type SealId = (purpose: IdPurpose, id: string, binding: IdBinding) => string | undefined;

/** Opens a client's id; undefined if it was not sealed for this purpose, caller and server. */
export type OpenId = (purpose: IdPurpose, clientId: string, binding: IdBinding) => string | undefined;

/** Returns both functions; rejects if a secret can't be read. */
export type SealedIds = { sealer(): Promise<SealId>; opener(): Promise<OpenId> };

/**
 * Creates both functions.
 *
 * @param parameterNames SSM names of the session secrets: the first seals, all open, so that ids from before a rotation stay valid
 * @param secret reads one
 */
export function createSealedIds(parameterNames: readonly string[], secret: GetSecret): SealedIds {
  const [current] = parameterNames;
  return {
    async sealer() {
      if (current === undefined)
        throw new Error("SESSION_SECRET_PARAMETERS is empty. The stack sets it: deploy again.");
      const sealing = await secret(current);
      return (purpose, id, binding) => sealId(sealing, purpose, id, binding);
    },
    async opener() {
      const all = await Promise.all(parameterNames.map(secret));
      return (purpose, clientId, binding) => openId(all, purpose, clientId, binding);
    },
  };
}
