// Limits on a request's head, checked before anything else happens.
import type { HeaderLines } from "./gateway-request.ts";

// "Total combined size of request line and header values": 10,240 bytes.
const MAX_HEAD_BYTES = 10_240;
// "The maximum length of a method ARN is 1600 bytes": a longer path gets 414.
const MAX_METHOD_ARN_BYTES = 1600;

/** Whether the request line and all headers together are within API Gateway's limit. */
export function headFits(requestLine: string, headers: HeaderLines): boolean {
  const lines = headers.map(([name, value]) => Buffer.byteLength(name) + Buffer.byteLength(value));
  return lines.reduce((sum, bytes) => sum + bytes, Buffer.byteLength(requestLine)) <= MAX_HEAD_BYTES;
}

/** Whether the method ARN of the request can exist. */
export function arnFits(arn: string): boolean {
  return Buffer.byteLength(arn) <= MAX_METHOD_ARN_BYTES;
}
