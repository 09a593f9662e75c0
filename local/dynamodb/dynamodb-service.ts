// DynamoDB for functions on this machine: dynalite, which evaluates DynamoDB's expressions, behind the endpoint that counts requests and
// lets tests interrupt them. Adds what dynalite lacks: the item that failed a condition.
import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { json } from "node:stream/consumers";
import { closeServer, listenOn } from "../loopback-server.ts";
import { type JsonService, type Operation, ServiceError, startJsonService } from "../ssm/json-service.ts";

/** A table and its partition key, a string. */
export type TableSpec = { readonly name: string; readonly key: string };

const CONNECTIONS = new Agent({ keepAlive: true });
const TARGET = "DynamoDB_20120810";
const OPERATIONS = ["GetItem", "UpdateItem", "DeleteItem"] as const;
// Requests to dynalite need a signature, which it does not verify.
const SIGNATURE =
  "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0";

/** Starts the endpoint for AWS_ENDPOINT_URL_DYNAMODB with these tables. */
export async function startDynamoDb(tables: readonly TableSpec[]): Promise<JsonService> {
  const { default: dynalite } = await import("dynalite");
  const server = dynalite({ createTableMs: 0 });
  const url = `http://127.0.0.1:${await listenOn(server, 0)}`;
  for (const table of tables) await call(url, "CreateTable", tableInput(table));
  const service = await startJsonService(TARGET, Object.fromEntries(OPERATIONS.map(operation)));

  function operation(name: string): [string, Operation] {
    return [name, (input) => call(url, name, input)];
  }

  const closeService = service.close;
  return Object.assign(service, {
    close: async () => {
      await closeService();
      await closeServer(server);
    },
  });
}

async function call(url: string, operation: string, input: Record<string, unknown>): Promise<object> {
  const { ok, body } = await send(url, operation, input);
  if (ok) return body;
  const type = String(body["__type"]).replace(/^.*#/, "");
  const failed = type === "ConditionalCheckFailedException";
  const wantsItem = failed && input["ReturnValuesOnConditionCheckFailure"] === "ALL_OLD";
  const details = wantsItem ? await currentItem(url, input) : {};
  throw new ServiceError(type, String(body["message"] ?? body["Message"] ?? ""), 400, details);
}

async function currentItem(url: string, { TableName, Key }: Record<string, unknown>): Promise<object> {
  const { body } = await send(url, "GetItem", { TableName, Key, ConsistentRead: true });
  return body["Item"] === undefined ? {} : { Item: body["Item"] };
}

// The functions do not call dynalite directly: it throws when a client aborts a request.
async function send(url: string, operation: string, input: object) {
  const sent = request(url, {
    method: "POST",
    agent: CONNECTIONS,
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `${TARGET}.${operation}`,
      "x-amz-date": "20260101T000000Z",
      authorization: SIGNATURE,
    },
  }).end(JSON.stringify(input));
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  return { ok: response.statusCode === 200, body: (await json(response)) as Record<string, unknown> };
}

function tableInput({ name, key }: TableSpec) {
  return {
    TableName: name,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [{ AttributeName: key, AttributeType: "S" }],
    KeySchema: [{ AttributeName: key, KeyType: "HASH" }],
  };
}
