// Session ids on their way through: clients hold sealed ones, servers see their own. The secret is read with the first session.
import { openSessionId, type SessionBinding, sealSessionId } from "../core/session-id.ts";
import type { SecretStore } from "../platform/secret-store.ts";

/** Translates session ids. Both directions reject where the secret can't be read. */
export type Sessions = {
  /** the client's id for a server's own */
  seal(downstreamId: string, binding: SessionBinding): Promise<string>;
  /** the server's own id; undefined where the client's was not made for this caller and server */
  open(clientId: string, binding: SessionBinding): Promise<string | undefined>;
};

/**
 * Opens the translation.
 *
 * @param parameterNames SSM names of the session secrets: the first seals, the others open ids of before a rotation
 * @param secrets where they are read
 */
export function createSessions(parameterNames: readonly string[], secrets: SecretStore): Sessions {
  const read = (names: readonly string[]) =>
    Promise.all(names.map((name) => secrets.fill(`{{ssm:${name}}}`)));
  return {
    async seal(downstreamId, binding) {
      const [secret] = await read(parameterNames.slice(0, 1));
      if (secret === undefined)
        throw new Error("SESSION_SECRET_PARAMETERS is empty: the stack sets it, deploy again");
      return sealSessionId(secret, downstreamId, binding);
    },
    async open(clientId, binding) {
      return openSessionId(await read(parameterNames), clientId, binding);
    },
  };
}
