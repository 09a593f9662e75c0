// The secrets behind sealed ids: read with the first id that needs them.
import { type IdBinding, type IdPurpose, openId, sealId } from "../core/sealed-id.ts";
import type { SecretStore } from "../platform/secret-store.ts";

/** Makes the client's id for a server's own; undefined where it would be too long to be sent back. */
export type SealId = (purpose: IdPurpose, id: string, binding: IdBinding) => string | undefined;

/** Recovers the server's own id; undefined where the client's was not made for this purpose, caller and server. */
export type OpenId = (purpose: IdPurpose, clientId: string, binding: IdBinding) => string | undefined;

/** Gives both directions once their secrets are read; rejects where a secret can't be read. */
export type SealedIds = { sealer(): Promise<SealId>; opener(): Promise<OpenId> };

/**
 * Opens the translation.
 *
 * @param parameterNames SSM names of the session secrets: the first seals, the others open ids made before a rotation
 * @param secrets where they are read
 */
export function createSealedIds(parameterNames: readonly string[], secrets: SecretStore): SealedIds {
  const read = (names: readonly string[]) =>
    Promise.all(names.map((name) => secrets.fill(`{{ssm:${name}}}`)));
  return {
    async sealer() {
      const [secret] = await read(parameterNames.slice(0, 1));
      if (secret === undefined)
        throw new Error("SESSION_SECRET_PARAMETERS is empty: the stack sets it, deploy again");
      return (purpose, id, binding) => sealId(secret, purpose, id, binding);
    },
    async opener() {
      const all = await read(parameterNames);
      return (purpose, clientId, binding) => openId(all, purpose, clientId, binding);
    },
  };
}
