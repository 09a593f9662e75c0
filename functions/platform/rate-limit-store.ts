// Rate limit counters in DynamoDB. A conditional update counts a call only if the limit allows it, so that concurrent environments
// never exceed a limit. A retry after a lost response may count a call twice.
import type { DynamoDBClient, UpdateItemCommandInput } from "@aws-sdk/client-dynamodb";
import QuickLRU from "quick-lru";
import { RATE_LIMIT_ATTEMPT_MS, RATE_LIMIT_TIMEOUT_MS } from "../core/limits.ts";
import {
  type BucketCounter,
  COUNTER_ATTRIBUTES,
  type Counter,
  type WindowCounter,
} from "../core/rate-limits.ts";
import { attemptTimeout, withinTime } from "./within-time.ts";

/**
 * Whether calls were counted, and the stored value. `mixed`: requests with several limits use the counter too, and may give back
 * their calls soon.
 */
export type Taken = { taken: true; value: number } | { taken: false; value: number; mixed: boolean };

/** Both methods reject if DynamoDB does not respond in time. */
export type RateLimitStore = {
  /**
   * Counts calls if the limit allows all of them.
   *
   * @param units number of calls, at most what the limit can allow at once
   * @param now milliseconds since 1970
   * @param mixed whether the request counts against other limits too
   */
  take(counter: Counter, units: number, now: number, mixed: boolean): Promise<Taken>;
  /** Subtracts calls that were counted. */
  giveBack(counter: Counter, units: number): Promise<void>;
  /** Loads the client before the first call. */
  warm(): Promise<void>;
};

/** Time after the end of a window, or after a bucket is full, at which DynamoDB may delete the item. */
const EXPIRES_AFTER_SECONDS = 60;

/** Maximum attempts to update a bucket. More than two are needed only if other calls change the counter at the same time. */
const BUCKET_TURNS = 4;
const CACHED_VALUES = 5_000;

/**
 * Opens the store. The client is loaded on first use.
 *
 * @param table the table's name; if undefined, every call rejects
 * @param client for tests
 * @param timeoutMs timeout of one call, retries included
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
 */
export function openRateLimitStore(
  table: string | undefined,
  client?: DynamoDBClient,
  timeoutMs = RATE_LIMIT_TIMEOUT_MS,
): RateLimitStore {
  let loading: Promise<Dynamo> | undefined;
  const dynamo = () => (loading ??= loadDynamo(client));
  const lastValues = new QuickLRU<string, number>({ maxSize: CACHED_VALUES });

  async function update(counter: Counter, change: Change, signal: AbortSignal): Promise<Updated> {
    if (table === undefined) throw new Error(NO_TABLE);
    const { send } = await dynamo();
    const input = updateInput(table, counter.key, change);
    const updated = await send(input, signal);
    lastValues.set(counter.key, updated.value ?? 0);
    return updated;
  }

  async function takeFromWindow(
    counter: WindowCounter,
    units: number,
    mixed: boolean,
    signal: AbortSignal,
  ): Promise<Taken> {
    const expires = Math.ceil(counter.endsAt / 1_000) + EXPIRES_AFTER_SECONDS;
    const change: Change = {
      set: { expires, mixed },
      add: units,
      condition: "attribute_not_exists(#value) OR #value <= :most",
      values: { ":most": counter.limit - units },
    };
    const updated = await update(counter, change, signal);
    return takenOf(updated);
  }

  // The value is the time at which the bucket is full. A time in the past is replaced; a later one is increased. The last known value
  // decides which of the two updates to try first, so that one update is usually enough.
  async function takeFromBucket(
    counter: BucketCounter,
    units: number,
    now: number,
    mixed: boolean,
    signal: AbortSignal,
  ): Promise<Taken> {
    const { burst, usPerCall } = counter;
    const nowUs = now * 1_000;
    const latest = nowUs + (burst - units) * usPerCall;
    const expires = Math.ceil((nowUs + burst * usPerCall) / 1e6) + EXPIRES_AFTER_SECONDS;
    let isFull = (lastValues.get(counter.key) ?? 0) <= nowUs;
    for (let turn = 0; turn < BUCKET_TURNS; turn++) {
      const cost = units * usPerCall;
      const change: Change = isFull
        ? {
            set: { expires, mixed, value: nowUs + cost },
            condition: "attribute_not_exists(#value) OR #value <= :now",
            values: { ":now": nowUs },
          }
        : {
            set: { expires, mixed },
            add: cost,
            condition: "#value > :now AND #value <= :latest",
            values: { ":now": nowUs, ":latest": latest },
          };
      const updated = await update(counter, change, signal);
      if (updated.done || (updated.value ?? 0) > latest) return takenOf(updated);
      isFull = (updated.value ?? 0) <= nowUs;
    }
    throw new Error("the counter changed with every attempt");
  }

  return {
    take: (counter, units, now, mixed) =>
      withinTime(timeoutMs, (signal) =>
        counter.kind === "window"
          ? takeFromWindow(counter, units, mixed, signal)
          : takeFromBucket(counter, units, now, mixed, signal),
      ),
    async giveBack(counter, units) {
      const amount = counter.kind === "window" ? units : units * counter.usPerCall;
      // The counter may have been reset since.
      const change: Change = { add: -amount, condition: "#value >= :amount", values: { ":amount": amount } };
      await withinTime(timeoutMs, (signal) => update(counter, change, signal));
    },
    async warm() {
      if (table !== undefined) await dynamo();
    },
  };
}

const NO_TABLE =
  "the stack has no table for rate limits. Deploy it again with rate_limits in its configuration, or with the setting rateLimits";

type Change = {
  set?: { expires: number; mixed: boolean; value?: number };
  add?: number;
  condition: string;
  values: Readonly<Record<string, number>>;
};

/** `value`: after the update, or the one that failed the condition; undefined if the counter does not exist. */
type Updated = { done: boolean; value: number | undefined; mixed: boolean };

type Dynamo = { send(input: UpdateItemCommandInput, signal: AbortSignal): Promise<Updated> };

function takenOf({ done, value = 0, mixed }: Updated): Taken {
  return done ? { taken: true, value } : { taken: false, value, mixed };
}

function updateInput(table: string, key: string, change: Change): UpdateItemCommandInput {
  const { set, add, condition, values } = change;
  const { value, expires, mixed } = COUNTER_ATTRIBUTES;
  const numbers: Record<string, number> = {
    ...values,
    ...(add !== undefined && { ":add": add }),
    ...(set !== undefined && { ":expires": set.expires }),
    ...(set?.value !== undefined && { ":value": set.value }),
  };
  const isMixed = set?.mixed === true;
  const settings = [
    ...(set === undefined ? [] : ["#expires = :expires"]),
    ...(set?.value === undefined ? [] : ["#value = :value"]),
    ...(isMixed ? ["#mixed = :mixed"] : []),
  ];
  const clauses = [
    ...(settings.length === 0 ? [] : [`SET ${settings.join(", ")}`]),
    ...(add === undefined ? [] : ["ADD #value :add"]),
  ];
  return {
    TableName: table,
    Key: { [COUNTER_ATTRIBUTES.key]: { S: key } },
    UpdateExpression: clauses.join(" "),
    ConditionExpression: condition,
    ExpressionAttributeNames: {
      "#value": value,
      ...(set !== undefined && { "#expires": expires }),
      ...(isMixed && { "#mixed": mixed }),
    },
    ExpressionAttributeValues: {
      ...Object.fromEntries(Object.entries(numbers).map(([name, number]) => [name, { N: String(number) }])),
      ...(isMixed && { ":mixed": { BOOL: true } }),
    },
    ReturnValues: "ALL_NEW",
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  };
}

async function loadDynamo(given: DynamoDBClient | undefined): Promise<Dynamo> {
  const { ConditionalCheckFailedException, DynamoDBClient, UpdateItemCommand } = await import(
    "./dynamodb-client.ts"
  );
  const client =
    given ?? new DynamoDBClient({ maxAttempts: 2, requestHandler: attemptTimeout(RATE_LIMIT_ATTEMPT_MS) });
  return {
    async send(input, abortSignal) {
      try {
        const { Attributes } = await client.send(new UpdateItemCommand(input), { abortSignal });
        return { done: true, ...readItem(Attributes) };
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return { done: false, ...readItem(error.Item) };
        throw error;
      }
    },
  };
}

function readItem(item: Readonly<Record<string, { N?: string; BOOL?: boolean }>> | undefined) {
  const stored = item?.[COUNTER_ATTRIBUTES.value]?.N;
  return {
    value: stored === undefined ? undefined : Number(stored),
    mixed: item?.[COUNTER_ATTRIBUTES.mixed]?.BOOL === true,
  };
}
