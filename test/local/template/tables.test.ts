import { describe, expect, it } from "vitest";
import { readTables } from "../../../local/template/tables.ts";
import { configSource, templateJson } from "../../support/synthesised-template.ts";

const table = (properties: object) => ({
  Resources: {
    Counters: {
      Type: "AWS::DynamoDB::Table",
      Properties: {
        AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
        ...properties,
      },
    },
  },
});

describe("the tables of a template", () => {
  it("exist only in a stack with rate limits", () => {
    const limited = configSource({ rate_limits: [{ name: "few", limit: 5, window: "1m" }] });
    const template = templateJson({ configSource: limited }) as never;
    expect(readTables(template)).toEqual([
      { name: expect.stringMatching(/^GatewayRateLimitsTable/), key: "pk" },
    ]);
    expect(readTables(templateJson() as never)).toEqual([]);
  });

  it.each<[string, object]>([
    ["with a sort key", { KeySchema: [{ AttributeName: "pk" }, { AttributeName: "sk" }] }],
    ["with a key of numbers", { AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "N" }] }],
    ["with an index", { GlobalSecondaryIndexes: [] }],
  ])("%s are rejected", (_what, properties) => {
    expect(() => readTables(table(properties))).toThrow("not supported by the local run");
  });
});
