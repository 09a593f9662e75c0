// The DynamoDB tables of a template: only tables with a string partition key and no sort key.
import type { TableSpec } from "../dynamodb/dynamodb-service.ts";
import type { Template } from "./cloudformation.ts";
import { createResolver } from "./intrinsics.ts";
import { notSupported, resourcesOf } from "./properties.ts";

/** Reads all `AWS::DynamoDB::Table` resources. @throws TemplateFault for a table of another kind than the gateway's */
export function readTables(template: Template): TableSpec[] {
  const resolve = createResolver(template);
  return resourcesOf(template, "AWS::DynamoDB::Table", {
    used: ["AttributeDefinitions", "KeySchema"],
    harmless: [
      "BillingMode",
      "ContributorInsightsSpecification",
      "DeletionProtectionEnabled",
      "SSESpecification",
      "Tags",
      // DynamoDB deletes expired items within days; a local run is shorter.
      "TimeToLiveSpecification",
    ],
  }).map(({ id, where, properties }) => {
    const [attribute, ...others] = properties.AttributeDefinitions as { AttributeType: string }[];
    const [key, ...sortKeys] = properties.KeySchema as { AttributeName: string }[];
    if (key === undefined || attribute?.AttributeType !== "S" || others.length + sortKeys.length > 0)
      throw notSupported(`${where} KeySchema`);
    return { name: String(resolve({ Ref: id }, where)), key: key.AttributeName };
  });
}
