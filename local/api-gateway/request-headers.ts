// Request headers as API Gateway passes them to a Lambda integration: some are dropped, some added. Source: the table in
// "Amazon API Gateway important notes", column lambda.
import type { GatewayRequest, HeaderLines } from "./gateway-request.ts";
import { headerValue } from "./header-maps.ts";

const DROPPED = new Set([
  "connection",
  "content-md5",
  "expect",
  "max-forwards",
  "proxy-authenticate",
  "server",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "www-authenticate",
  "x-http-method-override",
]);

/** All request headers plus what API Gateway adds about the client's connection. */
export function receivedHeaders(request: GatewayRequest, port: number): HeaderLines {
  const forwardedFor = headerValue(request.headers, "x-forwarded-for");
  const own = ["x-forwarded-for", "x-forwarded-port", "x-forwarded-proto", "x-amzn-trace-id"];
  return [
    ...request.headers.filter(([name]) => !own.includes(name.toLowerCase())),
    ["X-Amzn-Trace-Id", request.traceId],
    // A client's own value is kept in front: only the last address can be trusted.
    [
      "X-Forwarded-For",
      forwardedFor === undefined ? request.sourceIp : `${forwardedFor}, ${request.sourceIp}`,
    ],
    ["X-Forwarded-Port", String(port)],
    ["X-Forwarded-Proto", "http"],
  ];
}

/** Headers that reach the function behind an integration. */
export function integrationHeaders(headers: HeaderLines): HeaderLines {
  return headers.filter(
    ([name, value]) =>
      !DROPPED.has(name.toLowerCase()) &&
      // API Gateway consumes a Signature Version 4; it never reaches a function.
      !(name.toLowerCase() === "authorization" && value.startsWith("AWS4-HMAC-SHA256")),
  );
}
