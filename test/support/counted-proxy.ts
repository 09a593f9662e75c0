// The proxy with rate limits, counting in a real DynamoDB stand-in, with the test's clock.
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { openRateLimitStore, type RateLimitStore } from "../../functions/platform/rate-limit-store.ts";
import { createRequestCounter } from "../../functions/proxy/count-request.ts";
import { startDynamoDb } from "../../local/dynamodb/dynamodb-service.ts";
import type { JsonService } from "../../local/ssm/json-service.ts";
import { contextOf, principalWith } from "./principals.ts";
import { type ProxyOptions, proxyTo } from "./proxy-under-test.ts";
import { NOW } from "./tokens.ts";

/** A limit as in the configuration. */
export type WrittenLimit = Record<string, unknown>;

export type Counters = {
  service: JsonService;
  /** a separate store for each call, like separate Lambda environments */
  store(): RateLimitStore;
  close(): Promise<void>;
};

const TABLE = "rate-limits";
/** A long timeout, so that counting tests do not depend on the machine's load. */
const PATIENCE_MS = 30_000;

export async function startCounters(): Promise<Counters> {
  const service = await startDynamoDb([{ name: TABLE, key: "pk" }]);
  const clients: DynamoDBClient[] = [];
  return {
    service,
    store() {
      const client = new DynamoDBClient({
        endpoint: service.url,
        region: "us-east-1",
        credentials: { accessKeyId: "local", secretAccessKey: "local" },
        maxAttempts: 2,
      });
      clients.push(client);
      return openRateLimitStore(TABLE, client, PATIENCE_MS);
    },
    async close() {
      for (const client of clients) client.destroy();
      await service.close();
    },
  };
}

/** A proxy that counts in a store, with a clock that the test advances. `claims` of a call are its token's. */
export function countedProxy(url: string, store: RateLimitStore, options: ProxyOptions = {}) {
  const time = { ms: NOW.getTime() };
  const { log, send } = proxyTo(url, {
    ...options,
    countRequest: createRequestCounter({ store, now: () => time.ms }),
  });
  return {
    log,
    time,
    call({ sub = "U2alice", ...claims }: Record<string, unknown>, body: unknown) {
      const principal = principalWith({ sub: String(sub), claims: { sub, ...claims } });
      return send({ body: JSON.stringify(body), authorizer: contextOf(principal) });
    },
  };
}

/** A message: a tool's name, or a method, with a name after a space. */
export function messageFor(text: string, id = 1): object {
  const isMethod = text.includes("/") || text === "initialize";
  const [method = "", name] = isMethod ? text.split(" ") : ["tools/call", text];
  const key = method.startsWith("resources/") ? "uri" : "name";
  return {
    jsonrpc: "2.0",
    id,
    method,
    params: name === undefined ? {} : { [key]: name },
  };
}
