// Fetches the token that Descope's Connections store for the caller or the tenant: with the caller's token, so that Descope's policies
// apply, or with a management key if the configuration has one.
import type { ConnectionCredential } from "../../core/config/upstream/credential.ts";
import { connectionFailure } from "../../core/upstream/failure.ts";
import { readConnectionToken, type UpstreamToken } from "../../core/upstream/token.ts";
import { connectionOwner, connectionRequest } from "../../core/upstream/token-request.ts";
import { fillAll, type SecretStore } from "../../platform/secret-store.ts";
import type { UpstreamCaller } from "../upstream-request.ts";
import { fetchToken } from "./token-fetcher.ts";

/**
 * @param forceRefresh true if the server has rejected the last token
 * @throws CredentialError; SecretUnavailable if a secret can't be read
 */
export async function fetchConnectionToken(
  credential: ConnectionCredential,
  { principal, token = "" }: UpstreamCaller,
  forceRefresh: boolean,
  secrets: SecretStore,
): Promise<UpstreamToken> {
  const { managementKey, extraParameters } = credential;
  const bearer = managementKey === undefined ? token : await secrets.fill(managementKey);
  const filled = await fillAll(extraParameters, secrets);
  return fetchToken(
    connectionRequest(credential, bearer, connectionOwner(principal), filled, forceRefresh),
    readConnectionToken,
    (failed) => connectionFailure(credential, failed, principal.scopes),
  );
}
