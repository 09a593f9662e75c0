import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startDynamoDb } from "../../../local/dynamodb/dynamodb-service.ts";
import type { JsonService } from "../../../local/ssm/json-service.ts";

let service: JsonService;
let client: DynamoDBClient;

beforeAll(async () => {
  service = await startDynamoDb([{ name: "counters", key: "pk" }]);
  client = new DynamoDBClient({
    endpoint: service.url,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    maxAttempts: 1,
  });
});
afterAll(async () => {
  client.destroy();
  await service.close();
});

const place = (pk: string) => ({ TableName: "counters", Key: { pk: { S: pk } } });

function count(
  pk: string,
  most: number,
  failure?: "ALL_OLD",
): Promise<Record<string, AttributeValue> | undefined> {
  const command = new UpdateItemCommand({
    ...place(pk),
    UpdateExpression: "ADD #value :one",
    ConditionExpression: "attribute_not_exists(#value) OR #value < :most",
    ExpressionAttributeNames: { "#value": "counted" },
    ExpressionAttributeValues: { ":one": { N: "1" }, ":most": { N: String(most) } },
    ReturnValues: "ALL_NEW",
    ReturnValuesOnConditionCheckFailure: failure,
  });
  return client.send(command).then(({ Attributes }) => Attributes);
}

it("counts by a conditional update, and returns the item that failed a condition on request", async () => {
  expect(await count("a", 1)).toEqual({ pk: { S: "a" }, counted: { N: "1" } });
  const failed = await count("a", 1, "ALL_OLD").catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(ConditionalCheckFailedException);
  expect((failed as ConditionalCheckFailedException).Item).toEqual({ pk: { S: "a" }, counted: { N: "1" } });
  const plain = await count("a", 1).catch((error: unknown) => error);
  expect((plain as ConditionalCheckFailedException).Item).toBeUndefined();
});

it("reads and deletes items", async () => {
  await count("b", 5);
  expect((await client.send(new GetItemCommand(place("b")))).Item).toMatchObject({ counted: { N: "1" } });
  await client.send(new DeleteItemCommand(place("b")));
  expect((await client.send(new GetItemCommand(place("b")))).Item).toBeUndefined();
});

it("counts requests, lets tests interrupt them, and rejects operations that the gateway does not use", async () => {
  const before = service.requests.get("UpdateItem") ?? 0;
  await count("c", 5);
  expect(service.requests.get("UpdateItem")).toBe(before + 1);
  service.intercept = () => {
    throw new Error("not now");
  };
  await expect(count("c", 5)).rejects.toThrow("not now");
  service.intercept = undefined;
  await expect(client.send(new ListTablesCommand())).rejects.toThrow(
    "ListTables is not supported by the local run",
  );
});

it("rejects what DynamoDB rejects", async () => {
  await expect(client.send(new GetItemCommand({ ...place("a"), TableName: "other" }))).rejects.toThrow(
    "Requested resource not found",
  );
});
