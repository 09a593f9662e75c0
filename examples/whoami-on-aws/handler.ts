// The example server `whoami` behind a Lambda function URL: one event is one web-standard request.
import type { LambdaFunctionURLEvent, LambdaFunctionURLResult } from "aws-lambda";
import { whoamiEndpoint } from "../../local/downstream/whoami.ts";

const endpoint = whoamiEndpoint();

/** Handles one request of a function URL (payload format 2.0). */
export async function handler(event: LambdaFunctionURLEvent): Promise<LambdaFunctionURLResult> {
  const { method } = event.requestContext.http;
  const { body, isBase64Encoded, rawPath, rawQueryString } = event;
  const url = new URL(rawPath, `https://${event.requestContext.domainName}`);
  url.search = rawQueryString;
  const response = await endpoint.fetch(
    new Request(url, {
      method,
      headers: Object.entries(event.headers).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value] as [string, string]],
      ),
      ...(body !== undefined && { body: isBase64Encoded ? Buffer.from(body, "base64") : body }),
    }),
  );
  return {
    statusCode: response.status,
    headers: Object.fromEntries(response.headers),
    body: await response.text(),
  };
}
