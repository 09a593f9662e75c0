// Lets the proxy's role call MCP servers that require IAM authorization.
import { Annotations, Aws, Stack } from "aws-cdk-lib";
import { PolicyStatement, type Role } from "aws-cdk-lib/aws-iam";
import { grantAdvice, type SignedTarget, upstreamGrants } from "../upstream-grants.ts";

/** Grants the known permissions. For a target whose ARN is unknown, the synthesis warns and says what to grant. */
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
