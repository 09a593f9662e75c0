import { CfnResource, Stack } from "aws-cdk-lib";
import type { Template } from "aws-cdk-lib/assertions";
import { expect, test } from "vitest";
import { skipScan } from "../../../infra/constructs/scan-reasons.ts";
import { synthesise } from "../../support/synthesised-template.ts";

/** The checks that a resource says do not apply to it, by its logical id without the hash. */
function skipped(template: Template): Record<string, string[]> {
  type Scanned = { Metadata?: { checkov?: { skip: { id: string }[] } } };
  const resources = Object.entries(template.toJSON()["Resources"] as Record<string, Scanned>);
  return Object.fromEntries(
    resources.flatMap(([id, { Metadata }]) => {
      const reasons = Metadata?.checkov?.skip;
      return reasons ? [[id.replace(/[0-9A-F]{8}$/, ""), reasons.map((reason) => reason.id)]] : [];
    }),
  );
}

test("a resource keeps the reasons for several checks", () => {
  const resource = new CfnResource(new Stack(), "Queue", { type: "AWS::SQS::Queue" });
  skipScan(resource, "CKV_A", "first");
  skipScan(resource, "CKV_B", "second");
  expect(resource.getMetadata("checkov")).toEqual({
    skip: [
      { id: "CKV_A", comment: "first" },
      { id: "CKV_B", comment: "second" },
    ],
  });
});

test("only metadata, keys, the health check and preflights are acknowledged as open methods", () => {
  const open = Object.entries(skipped(synthesise())).filter(([, ids]) => ids.includes("CKV_AWS_59"));
  const methods = open.map(([id]) => id.replace("GatewayApiRestApi", ""));
  const documents = [
    "wellknownoauthprotectedresource",
    "wellknownoauthprotectedresourceservermcp",
    "wellknownoauthauthorizationserver",
    "wellknownoauthauthorizationserverservermcp",
    "wellknownjwksjson",
    "wellknownopenidconfiguration",
    "health",
  ];
  expect(new Set(methods.filter((id) => !id.endsWith("OPTIONS")))).toEqual(
    new Set(documents.flatMap((document) => [`${document}GET`, `${document}HEAD`])),
  );
});

test("a function gives no reasons for checks that a setting can satisfy", () => {
  const functions = Object.entries(skipped(synthesise())).filter(([id]) => id.endsWith("Function"));
  expect(Object.fromEntries(functions)).toEqual({
    GatewayAuthorizerFunction: ["CKV_AWS_116", "CKV_AWS_117"],
    GatewayProxyFunction: ["CKV_AWS_116"],
    GatewayMetadataFunction: ["CKV_AWS_116", "CKV_AWS_117", "CKV_AWS_115"],
  });
});
