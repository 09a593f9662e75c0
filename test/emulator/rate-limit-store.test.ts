// A second opinion on the expressions that rate limits are counted with: the same code against the emulator's DynamoDB.
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Counter } from "../../functions/core/rate-limits.ts";
import { openRateLimitStore, type RateLimitStore } from "../../functions/platform/rate-limit-store.ts";
import { type EmulatedAws, startEmulatedAws } from "./emulated-aws.ts";

const NOON = Date.UTC(2026, 0, 1, 12, 0, 0);
const PATIENCE_MS = 60_000;
const TABLE = "rate-limits";

let aws: EmulatedAws;
let client: DynamoDBClient;

beforeAll(async () => {
  aws = await startEmulatedAws();
  const credentials = { accessKeyId: "000000000000", secretAccessKey: "local" };
  client = new DynamoDBClient({ endpoint: aws.url, region: "us-east-1", credentials });
  await client.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
    }),
  );
});
afterAll(async () => {
  client?.destroy();
  await aws?.close();
});

const storeOf = () => openRateLimitStore(TABLE, client, PATIENCE_MS);
const window = (key: string, limit: number): Counter => ({
  kind: "window",
  key,
  limit,
  endsAt: NOON + 60_000,
});
const bucket = (key: string, burst: number): Counter => ({
  kind: "bucket",
  key,
  burst,
  usPerCall: 1_000_000,
});

async function allowedOf(counter: Counter, calls: number): Promise<number> {
  const stores: RateLimitStore[] = Array.from({ length: 4 }, storeOf);
  const taken = await Promise.all(
    Array.from({ length: calls }, (_, call) =>
      (stores[call % 4] as RateLimitStore).take(counter, 1, NOON, false),
    ),
  );
  return taken.filter((each) => each.taken).length;
}

it("counts exactly the limit where many count at once", async () => {
  expect(await allowedOf(window("many", 20), 64)).toBe(20);
  expect(await allowedOf(bucket("burst", 20), 64)).toBe(20);
});

it("says what is stored, and whether requests with several limits count on it", async () => {
  const store = storeOf();
  expect(await store.take(window("few", 1), 1, NOON, true)).toEqual({ taken: true, value: 1 });
  expect(await store.take(window("few", 1), 1, NOON, false)).toEqual({ taken: false, value: 1, mixed: true });
});

it("counts again what was given back", async () => {
  const store = storeOf();
  await store.take(window("back", 1), 1, NOON, true);
  await store.giveBack(window("back", 1), 1);
  expect(await store.take(window("back", 1), 1, NOON, false)).toEqual({ taken: true, value: 1 });
});

it("fills a bucket again as time passes", async () => {
  const store = storeOf();
  const taken = [];
  for (const ms of [0, 0, 999, 1_000, 3_600_000]) {
    taken.push((await store.take(bucket("steady", 2), 1, NOON + ms, false)).taken);
  }
  expect(taken).toEqual([true, true, false, true, true]);
});
