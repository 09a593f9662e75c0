// Wires upstream credentials to the function's clients. Opened with the first request that needs a credential.
import type { SSMClient } from "@aws-sdk/client-ssm";
import { createRequestSigner } from "../../platform/request-signer.ts";
import type { SecretStore } from "../../platform/secret-store.ts";
import type { SigningKeys } from "../../platform/signing-keys.ts";
import { type Credentials, createCredentials } from "./credentials.ts";

/** @param client provides the credentials of the function's role, which also sign requests to MCP servers */
export async function openCredentials(
  client: SSMClient,
  secrets: SecretStore,
  keys: SigningKeys,
): Promise<Credentials> {
  const region = await client.config.region();
  return createCredentials({ secrets, keys, region, sign: createRequestSigner(client) });
}
