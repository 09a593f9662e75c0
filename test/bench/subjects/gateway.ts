// The deployed functions behind a node:http server that simulates API Gateway: events, the cache of authorizer results, and the responses to
// denied requests. Log lines go to standard output, as on Lambda.
import http from "node:http";
import { createRequire } from "node:module";
import { Writable } from "node:stream";
import type { APIGatewayAuthorizerResult } from "aws-lambda";
import { authorizerEvent, proxyEvent } from "../services/events.ts";
import { CONTEXT, installAwsLambda, type StreamingHandler } from "../services/runtime.ts";
import { serve } from "./serve.ts";

type Authorizer = (event: object) => Promise<APIGatewayAuthorizerResult>;

installAwsLambda();
const load = createRequire(import.meta.url);
const { handler: proxy } = load(process.env["HANDLER_BUNDLE"] ?? "") as { handler: StreamingHandler };
const { handler: authorize } = load(process.env["AUTHORIZER_BUNDLE"] ?? "") as { handler: Authorizer };
// API Gateway's cache key, from the authorizer's identity sources: the header and the path. It caches Deny too, but no errors. Entries expire
// after five minutes, which is longer than a run.
const results = new Map<string, APIGatewayAuthorizerResult>();

serve((request, response) => void respond(request, response).catch(() => response.destroy()));

async function respond(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const { method = "", headers, url = "" } = request;
  const body = await bodyOf(request);
  const server = url.slice(1);
  const { authorization } = headers;
  if (authorization === undefined) return deny(response, 401);
  const key = `${authorization} ${url}`;
  let result = results.get(key);
  if (result === undefined) {
    try {
      result = await authorize(authorizerEvent(authorization.slice("Bearer ".length), server));
    } catch (error) {
      return deny(response, (error as Error).message === "Unauthorized" ? 401 : 503);
    }
    results.set(key, result);
  }
  if (result.policyDocument.Statement[0]?.Effect !== "Allow") return deny(response, 403);
  const own = Object.entries(headers).filter(([name]) => name.startsWith("mcp-"));
  const client = { method, headers: Object.fromEntries(own) as Record<string, string> };
  const event = proxyEvent(authorization.slice("Bearer ".length), result.context ?? {}, body, server, client);
  await proxy(event, new ToClient(response), CONTEXT);
}

/** Not by `text` of node:stream/consumers: its 13 µs would count as the gateway's, and the other subjects do not read bodies. */
function bodyOf(request: http.IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => {
      body += chunk;
    });
    request.on("end", () => resolve(body)).on("error", reject);
  });
}

function deny(response: http.ServerResponse, status: 401 | 403 | 503): void {
  const error = { code: status, message: http.STATUS_CODES[status] };
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify({ jsonrpc: "2.0", id: null, error }));
}

class ToClient extends Writable {
  readonly #response: http.ServerResponse;

  constructor(response: http.ServerResponse) {
    super();
    this.#response = response;
  }

  begin(status: number, headers: Record<string, string>): void {
    this.#response.writeHead(status, headers);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (chunk.length === 0 || this.#response.write(chunk)) done();
    else this.#response.once("drain", done);
  }

  override _final(done: () => void): void {
    this.#response.end();
    done();
  }
}
