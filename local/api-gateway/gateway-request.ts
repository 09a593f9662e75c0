// A client's request as API Gateway sees it before routing: raw path, header lines in order, identifiers. Nothing is
// normalised: an unusual spelling must reach the authorizer unchanged.
import { randomBytes, randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** Header lines in their original order and spelling. */
export type HeaderLines = readonly (readonly [name: string, value: string])[];

export type GatewayRequest = {
  readonly requestId: string;
  readonly extendedRequestId: string;
  readonly traceId: string;
  readonly receivedAt: Date;
  readonly httpMethod: string;
  /** Path below the stage, raw: `/whoami/mcp`. */
  readonly path: string;
  /** `$context.path`: on `execute-api` it begins with the stage, under a custom domain it does not. */
  readonly contextPath: string;
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly headers: HeaderLines;
  readonly sourceIp: string;
  readonly domainName: string;
  readonly protocol: string;
};

// What X-HTTP-Method-Override may turn a request into ("Amazon API Gateway important notes").
const METHODS = new Set(["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]);

/**
 * Reads the head of a request.
 *
 * @param stagePath the stage that the path must begin with, as on `execute-api`; undefined: as under a custom domain.
 * @returns undefined if the path does not begin with the stage.
 */
export function readGatewayRequest(
  message: IncomingMessage,
  stagePath: string | undefined,
): GatewayRequest | undefined {
  const target = message.url ?? "/";
  const mark = target.indexOf("?");
  const contextPath = mark === -1 ? target : target.slice(0, mark);
  const path = belowStage(contextPath, stagePath);
  if (path === undefined) return undefined;
  const lines = headerLines(message.rawHeaders);
  const override = lines.find(([name]) => name.toLowerCase() === "x-http-method-override")?.[1].toUpperCase();
  const host = message.headers.host ?? "127.0.0.1";
  return {
    requestId: randomUUID(),
    extendedRequestId: `${randomBytes(8).toString("base64url")}=`,
    traceId: `Root=1-${Math.floor(Date.now() / 1000).toString(16)}-${randomBytes(12).toString("hex")}`,
    receivedAt: new Date(),
    httpMethod: override !== undefined && METHODS.has(override) ? override : (message.method ?? "GET"),
    path,
    contextPath,
    query: mark === -1 ? [] : [...new URLSearchParams(target.slice(mark + 1))],
    headers: lines,
    sourceIp: message.socket.remoteAddress?.replace(/^::ffff:/, "") ?? "127.0.0.1",
    domainName: host.replace(/:\d+$/, ""),
    protocol: `HTTP/${message.httpVersion}`,
  };
}

function belowStage(path: string, stage: string | undefined): string | undefined {
  if (stage === undefined) return path;
  if (path === `/${stage}`) return "/";
  return path.startsWith(`/${stage}/`) ? path.slice(stage.length + 1) : undefined;
}

function headerLines(rawHeaders: readonly string[]): HeaderLines {
  return rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? ""] as const] : [],
  );
}
