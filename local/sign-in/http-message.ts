// Reads small request bodies and sends JSON responses, for the endpoints that oidc-provider does not serve.
import type { IncomingMessage, ServerResponse } from "node:http";

const MAX_BODY_BYTES = 16 * 1024;

/** `code` of the error for a body that is larger than 16 KB. */
export const BODY_TOO_LARGE = "BODY_TOO_LARGE";

/** @throws Error with `code` BODY_TOO_LARGE */
export async function readBody(request: IncomingMessage): Promise<string> {
  if (Number(request.headers["content-length"]) > MAX_BODY_BYTES) throw bodyTooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) throw bodyTooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function bodyTooLarge(): Error {
  return Object.assign(new Error(`The request body is larger than ${MAX_BODY_BYTES} bytes.`), {
    code: BODY_TOO_LARGE,
  });
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response
    .writeHead(status, { "content-type": "application/json", "cache-control": "no-store", ...headers })
    .end(JSON.stringify(body));
}

/** RFC 6749 section 5.2. */
export function sendError(
  response: ServerResponse,
  status: number,
  error: string,
  description: string,
): void {
  sendJson(response, status, { error, error_description: description });
}
