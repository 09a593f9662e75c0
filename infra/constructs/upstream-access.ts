// Lets the proxy's role call the MCP servers that only IAM opens.
import { Annotations, Aws, Stack } from "aws-cdk-lib";
import { PolicyStatement, type Role } from "aws-cdk-lib/aws-iam";
import { grantAdvice, type SignedTarget, upstreamGrants } from "../upstream-grants.ts";

/** Grants what can be granted; where what is called is not known, the synthesis says what to grant. */
export function grantUpstreams(role: Role, targets: readonly SignedTarget[]): void {
  const { account, region } = Stack.of(role);
  for (const target of targets) {
    const grants = upstreamGrants(target, { partition: Aws.PARTITION, account, region });
    if (grants === undefined) {
      Annotations.of(role).addInfoV2(`mcp-gateway:grantUpstream:${target.server}`, grantAdvice(target));
      continue;
    }
    for (const { action, resources, conditions } of grants) {
      role.addToPolicy(
        new PolicyStatement({ actions: [action], resources: [...resources], conditions: { ...conditions } }),
      );
    }
  }
}
