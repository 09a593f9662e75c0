// The gateway's own handlers, from the deployed bundles, behind a node:http server that makes API Gateway's events: the proxy alone, or
// with AUTHORIZED=1 the authorizer before every request. Audit lines go to standard output, as on Lambda.
import type http from "node:http";
import { createRequire } from "node:module";
import { Writable } from "node:stream";
import { CONTEXT, installAwsLambda, type StreamingHandler } from "../services/awslambda.ts";
import { authorizerEvent, proxyEvent } from "../services/events.ts";
import { serve } from "./serve.ts";

type Authorizer = (event: object) => Promise<{ context: object }>;

installAwsLambda();
const load = createRequire(import.meta.url);
const { handler: proxy } = load(process.env["PROXY_BUNDLE"] ?? "") as { handler: StreamingHandler };
const { handler: authorize } = load(process.env["AUTHORIZER_BUNDLE"] ?? "") as { handler: Authorizer };
const authorizesAll = process.env["AUTHORIZED"] === "1";
// As API Gateway does: an answer of the authorizer serves further requests with the same token.
const remembered = new Map<string, object>();

serve((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => void answer(request, Buffer.concat(chunks).toString(), response));
});

async function answer(
  request: http.IncomingMessage,
  body: string,
  response: http.ServerResponse,
): Promise<void> {
  const token = request.headers.authorization?.slice(7) ?? "";
  const server = request.url?.slice(1) ?? "";
  const context = remembered.get(server) ?? (await authorize(authorizerEvent(token, server))).context;
  if (!authorizesAll) remembered.set(server, context);
  const { method = "", headers } = request;
  const event = proxyEvent(token, context, body, server, { method, headers: protocolHeaders(headers) });
  await proxy(event, new ToClient(response), CONTEXT);
}

function protocolHeaders(headers: http.IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      name.startsWith("mcp-") ? [[name, String(value)]] : [],
    ),
  );
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
