// The Parameter Store double, called by the real SDK.
import {
  DeleteParameterCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  PutParameterCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type JsonService, ServiceError } from "../../../local/ssm/json-service.ts";
import { ParameterStore } from "../../../local/ssm/parameter-store.ts";
import { startSsm } from "../../../local/ssm/ssm-service.ts";

const store = new ParameterStore();
let service: JsonService;
let client: SSMClient;

beforeAll(async () => {
  service = await startSsm(store);
  client = new SSMClient({
    endpoint: service.url,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    maxAttempts: 1,
  });
  for (let n = 1; n <= 23; n += 1) store.put(`/paged/p${String(n).padStart(2, "0")}`, `value ${n}`);
  store.put("/tree/a", "1");
  store.put("/tree/deep/b", "2");
  store.put("/treehouse", "3");
  store.put("/secret", "s3cret", "SecureString");
});
beforeEach(() => {
  service.intercept = undefined;
});
afterAll(async () => {
  client.destroy();
  await service.close();
});

const named = (name: string) => expect.objectContaining({ name });

describe("a value that is stored under a whole reference", () => {
  test("is found only under that reference", async () => {
    store.put("/secrets/labelled:live", "s3cret", "SecureString");
    const Name = "/secrets/labelled:live";
    const { Parameter } = await client.send(new GetParameterCommand({ Name, WithDecryption: true }));
    expect(Parameter?.Value).toBe("s3cret");
    const bare = new GetParameterCommand({ Name: "/secrets/labelled" });
    await expect(client.send(bare)).rejects.toMatchObject({ name: "ParameterNotFound" });
  });
});

describe("GetParameter", () => {
  test("returns value, version, type and ARN", async () => {
    const { Parameter } = await client.send(new GetParameterCommand({ Name: "/tree/a" }));
    expect(Parameter).toMatchObject({
      Name: "/tree/a",
      Type: "String",
      Value: "1",
      Version: 1,
      ARN: "arn:aws:ssm:us-east-1:123456789012:parameter/tree/a",
    });
    expect(Parameter?.LastModifiedDate).toBeInstanceOf(Date);
  });

  test("returns ParameterNotFound for a missing parameter", async () => {
    await expect(client.send(new GetParameterCommand({ Name: "/nothing" }))).rejects.toEqual(
      named("ParameterNotFound"),
    );
  });

  test("shows a SecureString only decrypted", async () => {
    const closed = await client.send(new GetParameterCommand({ Name: "/secret" }));
    expect(closed.Parameter?.Value).not.toContain("s3cret");
    const opened = await client.send(new GetParameterCommand({ Name: "/secret", WithDecryption: true }));
    expect(opened.Parameter?.Value).toBe("s3cret");
  });
});

test("GetParameters lists missing parameters", async () => {
  const response = await client.send(new GetParametersCommand({ Names: ["/tree/a", "/nothing"] }));
  expect(response.Parameters?.map(({ Name }) => Name)).toEqual(["/tree/a"]);
  expect(response.InvalidParameters).toEqual(["/nothing"]);
});

test("GetParameters accepts at most ten names", async () => {
  const Names = Array.from({ length: 11 }, (_, n) => `/p${n}`);
  await expect(client.send(new GetParametersCommand({ Names }))).rejects.toEqual(
    named("ValidationException"),
  );
});

describe("GetParametersByPath", () => {
  test("returns pages of ten with a token, none after the last page", async () => {
    const pages: number[] = [];
    let NextToken: string | undefined;
    do {
      const response = await client.send(new GetParametersByPathCommand({ Path: "/paged", NextToken }));
      pages.push(response.Parameters?.length ?? 0);
      NextToken = response.NextToken;
    } while (NextToken !== undefined);
    expect(pages).toEqual([10, 10, 3]);
  });

  test("is recursive only on request, and excludes names with only a common prefix", async () => {
    const below = async (Recursive: boolean) => {
      const { Parameters } = await client.send(new GetParametersByPathCommand({ Path: "/tree", Recursive }));
      return Parameters?.map(({ Name }) => Name);
    };
    expect(await below(false)).toEqual(["/tree/a"]);
    expect(await below(true)).toEqual(["/tree/a", "/tree/deep/b"]);
  });

  test.each([
    [{ Path: "/paged", MaxResults: 11 }, "ValidationException"],
    [{ Path: "paged" }, "ValidationException"],
    [{ Path: "/paged", NextToken: "x" }, "InvalidNextToken"],
  ])("%j is %s", async (input, error) => {
    await expect(client.send(new GetParametersByPathCommand(input))).rejects.toEqual(named(error));
  });
});

describe("PutParameter", () => {
  test("increments versions, and keeps each readable", async () => {
    const put = (Value: string, Overwrite?: boolean) =>
      client.send(new PutParameterCommand({ Name: "/written", Value, Type: "String", Overwrite }));
    expect((await put("one")).Version).toBe(1);
    await expect(put("two")).rejects.toEqual(named("ParameterAlreadyExists"));
    expect((await put("two", true)).Version).toBe(2);
    const old = await client.send(new GetParameterCommand({ Name: "/written:1" }));
    expect(old.Parameter).toMatchObject({ Value: "one", Version: 1 });
    await client.send(new DeleteParameterCommand({ Name: "/written" }));
    await expect(client.send(new DeleteParameterCommand({ Name: "/written" }))).rejects.toEqual(
      named("ParameterNotFound"),
    );
  });

  test.each<[string, string, "Standard" | "Advanced"]>([
    ["4,097 bytes in the Standard tier", "x".repeat(4097), "Standard"],
    ["8,193 bytes in the Advanced tier", "x".repeat(8193), "Advanced"],
    ["double brackets", "{{ssm:/x}}", "Standard"],
  ])("rejects %s", async (_name, Value, Tier) => {
    const command = new PutParameterCommand({ Name: "/big", Value, Type: "String", Tier });
    await expect(client.send(command)).rejects.toEqual(named("ValidationException"));
  });
});

test("Parameter Store can throttle for tests, and counts operations", async () => {
  const before = service.requests.get("GetParameter") ?? 0;
  service.intercept = (operation) => {
    throw new ServiceError("ThrottlingException", `Rate exceeded: ${operation}`);
  };
  await expect(client.send(new GetParameterCommand({ Name: "/tree/a" }))).rejects.toEqual(
    named("ThrottlingException"),
  );
  service.intercept = undefined;
  await client.send(new GetParameterCommand({ Name: "/tree/a" }));
  expect(service.requests.get("GetParameter")).toBe(before + 2);
});

test("an unsupported operation of Parameter Store is an error", async () => {
  const response = await fetch(service.url, {
    method: "POST",
    headers: { "X-Amz-Target": "AmazonSSM.DescribeParameters" },
    body: "{}",
  });
  expect([response.status, await response.json()]).toEqual([
    400,
    { __type: "UnknownOperationException", message: "DescribeParameters is not supported by the local run" },
  ]);
});
