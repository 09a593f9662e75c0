// Fetches a token from a token endpoint, by client credentials or token exchange.
import { randomUUID } from "node:crypto";
import type { EndpointCredential } from "../../core/config/upstream/credential.ts";
import { signingInput } from "../../core/identity-jwt.ts";
import { endpointFailure, unavailableToken } from "../../core/upstream/failure.ts";
import { readEndpointToken, type UpstreamToken } from "../../core/upstream/token.ts";
import { assertionClaims, type ClientProof, endpointRequest } from "../../core/upstream/token-request.ts";
import { fillAll, type SecretStore } from "../../platform/secret-store.ts";
import type { SigningKeys } from "../../platform/signing-keys.ts";
import type { UpstreamCaller } from "../upstream-request.ts";
import { CredentialError, fetchToken } from "./token-fetcher.ts";

export type EndpointParts = { secrets: SecretStore; keys: Pick<SigningKeys, "signingKeyId" | "sign"> };

/**
 * @param caller whose token is exchanged, for an exchange
 * @throws CredentialError; SecretUnavailable if the client's secret can't be read
 */
export async function fetchEndpointToken(
  credential: EndpointCredential,
  caller: UpstreamCaller,
  parts: EndpointParts,
): Promise<UpstreamToken> {
  const { type, resource, audience, extraParameters } = credential;
  const now = caller.now.getTime();
  const subjectToken = type === "token_exchange" ? caller.token : undefined;
  const proof = await clientProof(credential, now, parts);
  const filled = await fillAll(extraParameters, parts.secrets);
  const request = endpointRequest(credential, proof, filled, subjectToken);
  const asked = subjectToken === undefined ? undefined : { resource, audience };
  return fetchToken(
    request,
    (json) => readEndpointToken(json, now, asked),
    (failed) => endpointFailure(credential, failed),
  );
}

async function clientProof(
  credential: EndpointCredential,
  now: number,
  { secrets, keys }: EndpointParts,
): Promise<ClientProof> {
  const { method, secret = "" } = credential.client;
  if (method !== "private_key_jwt") return { method, secret: await secrets.fill(secret) };
  try {
    const input = signingInput(await keys.signingKeyId(), assertionClaims(credential, now, randomUUID()));
    return { method, assertion: `${input}.${await keys.sign(input)}` };
  } catch (cause) {
    throw new CredentialError({ errorResponse: unavailableToken(), cause });
  }
}
