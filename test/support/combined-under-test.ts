// The combined endpoint in this process, behind an HTTP server, so that official clients can call it. Callers are verified already.
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { type CombinedParts, createCombined } from "../../functions/combined/handler.ts";
import type { MemberAccess } from "../../functions/combined/members.ts";
import type { Principal } from "../../functions/core/principal.ts";
import { createHttpClient } from "../../functions/platform/http-client.ts";
import { createProxy } from "../../functions/proxy/handler.ts";
import { createSealedIds } from "../../functions/proxy/sealed-ids.ts";
import type { ProxyParts } from "../../functions/proxy/serve-request.ts";
import { createStaticHeaders } from "../../functions/proxy/upstream-auth.ts";
import { configSnapshot, configStoreOf } from "./gateway-config.ts";
import { proxyEvent } from "./gateway-events.ts";
import { installAwsLambda } from "./lambda-response.ts";
import { startHttp } from "./loopback-server.ts";
import { contextOf, principalWith } from "./principals.ts";
import { recordLog } from "./recorded-log.ts";
import { NOW } from "./tokens.ts";

export type CombinedOptions = Partial<CombinedParts> & {
  /** server files by name, each with the `url` of its server */
  servers: Record<string, Record<string, unknown>>;
  combined?: Record<string, unknown>;
  /** claims of the caller at every member */
  claims?: Record<string, unknown>;
  /** who calls the endpoint, if not the usual caller */
  caller?: Partial<Principal>;
  /** members whose rules deny the caller's token, or about which nothing can be decided */
  access?: (name: string) => MemberAccess | undefined;
};

export type CombinedUnderTest = {
  url: string;
  /** a server's own URL, served by the proxy with the same parts */
  own(server: string): string;
  log: ReturnType<typeof recordLog>;
  /** resolves when all requests so far have been served, their audit lines included */
  served(): Promise<void>;
  close(): Promise<void>;
};

/** Starts the endpoint. */
export async function startCombined(options: CombinedOptions): Promise<CombinedUnderTest> {
  const { servers, combined, claims = {}, caller = {}, access, ...parts } = options;
  installAwsLambda();
  // Here the runtime's stream is the HTTP response itself.
  const from = (response: ServerResponse, { statusCode, headers }: { statusCode: number; headers: object }) =>
    response.writeHead(statusCode, headers as Record<string, string>);
  Object.assign(awslambda.HttpResponseStream, { from });
  const log = recordLog();
  const gateway = { combined: { servers: Object.keys(servers), ...combined } };
  const snapshot = configSnapshot({ gateway, servers });
  const { mergedPartMs, ...shared } = parts;
  const proxyParts: ProxyParts = {
    config: configStoreOf(snapshot),
    send: createHttpClient(),
    sign: async () => "signed.identity.jwt",
    upstreamAuth: createStaticHeaders({ fill: async (value) => value }),
    sealedIds: createSealedIds(["/session-secret"], async (name) => name),
    countRequest: () => Promise.reject(new Error("no limit is configured here")),
    publicUrl: "https://mcp.example.com",
    log,
    now: () => NOW,
    ...shared,
  };
  const principalAt = (server: string) => principalWith({ ...caller, server, claims });
  const handler = createCombined({
    decideMember: async (name) =>
      access?.(name) ?? { type: "allowed", member: { name, principal: principalAt(name) } },
    ...(mergedPartMs !== undefined && { mergedPartMs }),
    ...proxyParts,
  });
  const proxy = createProxy(proxyParts);
  const running = new Set<Promise<void>>();
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = "", headers: received } = request;
    const { "content-type": type, ...others } = received as Record<string, string>;
    const headers = type === undefined ? others : { ...others, "Content-Type": type };
    const body = await text(request);
    const [, name = "/mcp"] = /^\/(.+)\/mcp$/.exec(request.url ?? "") ?? [];
    const event = proxyEvent({
      method,
      server: name,
      headers,
      body: method === "POST" ? body : null,
      authorizer: contextOf(principalAt(name)),
    });
    const stream = response as unknown as awslambda.HttpResponseStream;
    await (name === "/mcp" ? handler : proxy)(event, stream, { getRemainingTimeInMillis: () => 900_000 });
  };
  const { origin, url, close } = await startHttp((request, response) => {
    const done: Promise<void> = serve(request, response)
      .catch(() => void response.destroy())
      .finally(() => running.delete(done));
    running.add(done);
  });
  return {
    url,
    own: (name) => `${origin}/${name}/mcp`,
    log,
    served: async () => {
      await Promise.all(running);
    },
    close,
  };
}
