// What rate limits add to a call: the time of one DynamoDB update for one limit, and no second one for two, which are counted in parallel.
// DynamoDB is dynalite on this machine: its time says nothing about AWS, the ratios do.
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { openRateLimitStore } from "../../../functions/platform/rate-limit-store.ts";
import { startDynamoDb } from "../../../local/dynamodb/dynamodb-service.ts";
import { inTurns, medianOf } from "../measure.ts";
import { atMost, rowsOf, type Section } from "../report.ts";
import type { Bundles } from "../services/bundles.ts";
import { CALL_BODY } from "../services/events.ts";
import { startGatewayServices } from "../services/gateway-services.ts";
import type { LoadRequest } from "../services/load.ts";
import { startBesideLoad, startInvoked } from "../services/processes.ts";

const TABLE = "rate-limits";
const CALLS = 20;
const WARM_UP_CALLS = 500;
const NONE = "no limit";
const ONE = "one limit";
const TWO = "two limits";
const UPDATE = "one DynamoDB update";

const limit = (name: string) => ({ name, per: ["sub"], limit: 1_000_000_000, window: "31d" });
const SERVERS = {
  tools: {},
  one: { rate_limits: [limit("first")] },
  two: { rate_limits: [limit("second"), limit("third")] },
};

/** Runs it. */
export async function rateLimits({ files }: Bundles, rounds: number): Promise<Section[]> {
  const closing: (() => Promise<void>)[] = [];
  try {
    const upstream = await startBesideLoad("canned-upstream");
    closing.push(upstream.stop);
    const dynamoDb = await startDynamoDb([{ name: TABLE, key: "pk" }]);
    closing.push(dynamoDb.close);
    const upstreamUrl = `http://127.0.0.1:${upstream.port}/mcp`;
    const services = await startGatewayServices(SERVERS, { upstreamUrl });
    closing.push(services.close);
    const gateway = await startInvoked({
      ...services.environment,
      AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.url,
      RATE_LIMIT_TABLE: TABLE,
      AUTHORIZER_BUNDLE: files.authorizer,
      HANDLER_BUNDLE: files.proxy,
    });
    closing.push(gateway.stop);
    const headers = { authorization: `Bearer ${await services.token()}` };
    const request = (path: string): LoadRequest => ({ path, headers, body: CALL_BODY });
    const callMicros = async (path: string, times: number) =>
      medianOf(await gateway.firstEvents(request(path), 1, times));
    const update = updateOf(dynamoDb.url);
    for (const path of ["/tools", "/one", "/two"]) await callMicros(path, WARM_UP_CALLS);
    await update(WARM_UP_CALLS);
    const micros = await inTurns(
      {
        [NONE]: () => callMicros("/tools", CALLS),
        [ONE]: () => callMicros("/one", CALLS),
        [TWO]: () => callMicros("/two", CALLS),
        [UPDATE]: () => update(CALLS),
      },
      rounds * 6,
    );
    const median = (name: string) => medianOf(micros[name] ?? []);
    return [
      {
        title: "Rate limits",
        note: "A tool call from the call of the handler to the first byte of its response, one at a time, with counters in dynalite on this machine",
        rows: rowsOf(micros, "µs", NONE),
        targets: [
          atMost("what one limit adds / one update", (median(ONE) - median(NONE)) / median(UPDATE), 1.5),
          atMost("two limits / one limit", median(TWO) / median(ONE), 1.5),
        ],
      },
    ];
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

/** Microseconds of an update as the proxy makes it, the median of so many in a row. */
function updateOf(endpoint: string): (times: number) => Promise<number> {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new DynamoDBClient({ endpoint, region: "eu-central-1", credentials });
  const store = openRateLimitStore(TABLE, client);
  const counter = { kind: "window", key: "bench", limit: 1_000_000_000, endsAt: Date.now() } as const;
  return async (times) => {
    const micros: number[] = [];
    for (let index = 0; index < times; index += 1) {
      const startedAt = performance.now();
      await store.take(counter, 1, Date.now(), false);
      micros.push((performance.now() - startedAt) * 1_000);
    }
    return medianOf(micros);
  };
}
