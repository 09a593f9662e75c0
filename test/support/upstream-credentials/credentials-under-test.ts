// The whole proxy with credentials for its MCP server, in front of a recorder.
import { KMSClient } from "@aws-sdk/client-kms";
import { SSMClient } from "@aws-sdk/client-ssm";
import { createRequestSigner } from "../../../functions/platform/request-signer.ts";
import { openSigningKeys } from "../../../functions/platform/signing-keys.ts";
import { createStaticHeaders, createUpstreamAuth } from "../../../functions/proxy/upstream-auth.ts";
import {
  type CredentialParts,
  createCredentials,
} from "../../../functions/proxy/upstream-credentials/credentials.ts";
import { type ProxyOptions, proxyTo } from "../proxy-under-test.ts";
import type { RecordedRequest } from "../recorder-server.ts";

const ROLE = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "example-secret-key",
  sessionToken: "example-session",
};

/** The value of every secret reference. */
export const SECRET = "client-secret-5f2a";

const secrets = { fill: async (text: string) => text.replaceAll(/\{\{ssm:[^}]*\}\}/g, SECRET) };

/** A proxy to `url`; `parts` replace what makes credentials. */
export function proxyWithCredentials(
  url: string,
  options: ProxyOptions = {},
  parts: Partial<CredentialParts> = {},
) {
  const client = new SSMClient({ region: "eu-central-1", credentials: ROLE });
  const keys = openSigningKeys([], new KMSClient({ region: "eu-central-1", credentials: ROLE }));
  const credentials = { secrets, keys, region: "eu-central-1", sign: createRequestSigner(client), ...parts };
  return proxyTo(url, {
    upstreamAuth: createUpstreamAuth(createStaticHeaders(secrets), async () =>
      createCredentials(credentials),
    ),
    now: () => new Date(),
    ...options,
  });
}

/** A header as it arrived, by lower-case name. */
export function headerOf(
  { rawHeaders }: Pick<RecordedRequest, "rawHeaders">,
  name: string,
): string | undefined {
  const at = rawHeaders.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === name);
  return at === -1 ? undefined : rawHeaders[at + 1];
}
