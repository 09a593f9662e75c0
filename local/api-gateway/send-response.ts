// Writes responses to the client, with the identifiers that API Gateway adds.
import type { ServerResponse } from "node:http";
import type { GatewayRequest, HeaderLines } from "./gateway-request.ts";
import type { WholeResponse } from "./gateway-response.ts";
import type { StreamHead } from "./stream-frame.ts";

/** Sends a response whose body is complete. */
export function sendWhole(
  response: ServerResponse,
  { status, headers, body }: WholeResponse,
  request: GatewayRequest | undefined,
): void {
  const unsized = headers.filter(([name]) => name.toLowerCase() !== "content-length");
  writeHead(response, status, [...unsized, ["Content-Length", String(Buffer.byteLength(body))]], request);
  response.end(body);
}

/** Sends the headers of a stream at once: the client must not wait for the first byte of the body. */
export function sendHead(response: ServerResponse, head: StreamHead, request: GatewayRequest): void {
  writeHead(response, head.status, head.headers, request);
  response.flushHeaders();
}

function writeHead(
  response: ServerResponse,
  status: number,
  headers: HeaderLines,
  request: GatewayRequest | undefined,
): void {
  const own: [string, string][] =
    request === undefined
      ? []
      : [
          ["x-amzn-RequestId", request.requestId],
          ["x-amz-apigw-id", request.extendedRequestId],
          ["X-Amzn-Trace-Id", request.traceId],
        ];
  const taken = new Set(own.map(([name]) => name.toLowerCase()));
  const lines = [...own, ...headers.filter(([name]) => !taken.has(name.toLowerCase()))];
  const byName = new Map<string, [string, string[]]>();
  for (const [name, value] of lines) {
    const entry = byName.get(name.toLowerCase()) ?? [name, []];
    entry[1].push(value);
    byName.set(name.toLowerCase(), entry);
  }
  response.statusCode = status;
  for (const [name, values] of byName.values()) {
    const [only] = values;
    response.setHeader(name, values.length === 1 && only !== undefined ? only : values);
  }
}
