// A token that Descope keeps for the caller or the tenant, fetched with the caller's own token: Descope's policies decide. With a
// management key only where the configuration says that they shall not.
import type { ConnectionCredential } from "../../core/config/upstream/credential.ts";
import { connectionFailure } from "../../core/upstream/failure.ts";
import { readConnectionToken, type UpstreamToken } from "../../core/upstream/token.ts";
import { connectionRequest } from "../../core/upstream/token-request.ts";
import type { SecretStore } from "../../platform/secret-store.ts";
import type { UpstreamCaller } from "./caller.ts";
import { fillAll } from "./filled-parameters.ts";
import { fetchToken } from "./token-fetcher.ts";

/**
 * Fetches a token.
 *
 * @param credential what is asked for
 * @param caller whose token it is; its `token` is sent to Descope
 * @param forceRefresh true where the server has denied the token that Descope gave last
 * @throws CredentialError; SecretUnavailable where a secret can't be read
 */
export async function fetchConnectionToken(
  credential: ConnectionCredential,
  { principal, token = "" }: UpstreamCaller,
  forceRefresh: boolean,
  secrets: SecretStore,
): Promise<UpstreamToken> {
  const { managementKey, extraParameters } = credential;
  const bearer = managementKey === undefined ? token : await secrets.fill(managementKey);
  const { sub, tenant, scopes, claims } = principal;
  const { dsub } = claims;
  const owner = { userId: typeof dsub === "string" ? dsub : sub, tenant };
  const filled = await fillAll(extraParameters, secrets);
  return fetchToken(
    connectionRequest(credential, bearer, owner, filled, forceRefresh),
    readConnectionToken,
    (failed) => connectionFailure(credential, failed, scopes),
  );
}
