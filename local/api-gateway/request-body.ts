// Reads a request's body up to API Gateway's limit and discards the rest, so that the client can still read the response.
import type { IncomingMessage } from "node:http";

/** 10 MB, the payload limit of a REST API. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** The body, or why it could not be read. */
export type RequestBody =
  | { readonly kind: "body"; readonly bytes: Buffer }
  | { readonly kind: "too_large" }
  | { readonly kind: "client_left" };

/** Resolves when the body is complete or too large. */
export function readRequestBody(message: IncomingMessage): Promise<RequestBody> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    message.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_BODY_BYTES) {
        chunks.push(chunk);
        return;
      }
      chunks.length = 0;
      resolve({ kind: "too_large" });
    });
    message.on("end", () => resolve({ kind: "body", bytes: Buffer.concat(chunks) }));
    message.on("error", () => resolve({ kind: "client_left" }));
    message.on("close", () => resolve({ kind: "client_left" }));
  });
}
