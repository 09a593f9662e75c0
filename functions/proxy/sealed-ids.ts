// Seals and opens ids. The secrets are read on first use.
import { type IdBinding, type IdPurpose, openId, sealId } from "../core/sealed-id.ts";
import type { SecretStore } from "../platform/secret-store.ts";

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
 * @param secrets reads them
 */
export function createSealedIds(parameterNames: readonly string[], secrets: SecretStore): SealedIds {
  const read = (names: readonly string[]) =>
    Promise.all(names.map((name) => secrets.fill(`{{ssm:${name}}}`)));
  return {
    async sealer() {
      const [secret] = await read(parameterNames.slice(0, 1));
      if (secret === undefined)
        throw new Error("SESSION_SECRET_PARAMETERS is empty. The stack sets it: deploy again.");
      return (purpose, id, binding) => sealId(secret, purpose, id, binding);
    },
    async opener() {
      const all = await read(parameterNames);
      return (purpose, clientId, binding) => openId(all, purpose, clientId, binding);
    },
  };
}
