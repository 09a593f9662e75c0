// Signs requests to MCP servers with AWS Signature Version 4 and the function's role, using the signer of the SDK's clients.
import type { SSMClient } from "@aws-sdk/client-ssm";
import { type RequestToSign, signedUrl } from "../core/upstream/sigv4-request.ts";

/** Headers that proxies may change. Other AWS SDKs do not sign them either. */
const TRACE_HEADERS = ["traceparent", "tracestate", "baggage"];

/** A signed request, which must be sent unchanged. */
export type SignRequest = (
  request: RequestToSign,
  scope: { service: string; region: string },
  now: Date,
) => Promise<RequestToSign>;

/**
 * Opens a signer.
 *
 * @param client provides signer and credentials; its service and Region are not used
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function createRequestSigner(client: Pick<SSMClient, "config">): SignRequest {
  return async (request, { service, region }, now) => {
    const { url, toSign, unsignableHeaders } = signedUrl(request, service);
    for (const name of TRACE_HEADERS) unsignableHeaders.add(name);
    const signer = await client.config.signer();
    const options = { signingService: service, signingRegion: region, signingDate: now, unsignableHeaders };
    const { headers } = await signer.sign(toSign, options);
    return { ...request, url, headers };
  };
}
