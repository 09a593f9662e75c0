// The whole proxy, from API Gateway's event to the streamed response, in front of a test server.
import type { ConfigSnapshot } from "../../functions/core/config-snapshot.ts";
import { createHttpClient } from "../../functions/platform/http-client.ts";
import type { SecretStore } from "../../functions/platform/secret-store.ts";
import { createProxy } from "../../functions/proxy/handler.ts";
import { createSealedIds } from "../../functions/proxy/sealed-ids.ts";
import type { ProxyParts } from "../../functions/proxy/serve-request.ts";
import { createStaticHeaders } from "../../functions/proxy/upstream-auth.ts";
import { configSnapshot, configStoreOf } from "./gateway-config.ts";
import { type EventParts, proxyEvent } from "./gateway-events.ts";
import { installAwsLambda, type LambdaResponse, openLambdaResponse } from "./lambda-response.ts";
import { contextOf, principalWith } from "./principals.ts";
import { recordLog } from "./recorded-log.ts";
import { NOW } from "./tokens.ts";

export const CALL = '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"add"}}';

/** Parts that differ from a working proxy. `tools` and `gateway` are merged into the configuration. */
export type ProxyOptions = Partial<ProxyParts> & {
  secrets?: SecretStore;
  tools?: Record<string, unknown>;
  gateway?: Record<string, unknown>;
};

export function proxyTo(url: string, { tools, gateway, secrets, ...parts }: ProxyOptions = {}) {
  installAwsLambda();
  const log = recordLog();
  const snapshot: ConfigSnapshot = configSnapshot({ gateway, servers: { tools: { url, ...tools } } });
  const proxy = createProxy({
    config: configStoreOf(snapshot),
    send: createHttpClient(),
    sign: async () => "signed.identity.jwt",
    upstreamAuth: createStaticHeaders(secrets ?? { fill: async (text) => text }),
    sealedIds: createSealedIds(["/session-secret"], async (name) => name),
    countRequest: () => Promise.reject(new Error("no limit is configured here")),
    publicUrl: "https://mcp.example.com",
    log,
    now: () => NOW,
    ...parts,
  });
  const begin = (
    event: EventParts = {},
    stream = openLambdaResponse(),
    remainingMs: number | (() => number) = 900_000,
  ) => {
    const authorizer = contextOf(principalWith());
    const done = proxy(proxyEvent({ body: CALL, authorizer, ...event }), stream, {
      getRemainingTimeInMillis: typeof remainingMs === "number" ? () => remainingMs : remainingMs,
    });
    return { stream: stream as LambdaResponse, done };
  };
  return {
    log,
    /** starts a request and returns its streamed response */
    begin,
    /** sends a request and gives its whole response, the JSON of its body where it is JSON, and its audit line */
    async send(event: EventParts = {}) {
      const { stream, done } = begin(event);
      await done;
      const response = stream.received();
      return { ...response, json: jsonIn(response.body), audit: log.lines.at(-1)?.fields ?? {} };
    },
  };
}

function jsonIn(body: string) {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
