// Signs requests to MCP servers with AWS Signature Version 4 and the function's role, by the signer of the SDK's own clients.
import type { SSMClient } from "@aws-sdk/client-ssm";
import { type RequestToSign, signedUrl } from "../core/sigv4-request.ts";

/** What proxies on the way may change. The SDK would sign them; AWS's other SDKs do not, and leave them out where they verify. */
const TRACE_HEADERS = ["traceparent", "tracestate", "baggage"];

/** A request with its signature: what is sent must be exactly this. */
export type SignRequest = (
  request: RequestToSign,
  scope: { service: string; region: string },
  now: Date,
) => Promise<RequestToSign>;

/**
 * Opens a signer.
 *
 * @param client gives the signer and the credentials; its own service and Region are not used
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
