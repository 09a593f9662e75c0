// checkov, a template scanner, reads from a resource's metadata which of its checks do not apply and why. docs/scanners.md lists these
// reasons, and the settings that resolve its other findings.
import type { CfnResource } from "aws-cdk-lib";
import type { IConstruct } from "constructs";

type Skipped = { readonly id: string; readonly comment: string };

/**
 * Adds the reason why a check of checkov does not apply to a resource.
 *
 * @param construct the resource, or the construct whose default child it is
 * @param id checkov's name of the check, such as `CKV_AWS_116`
 */
export function skipScan(construct: IConstruct, id: string, comment: string): void {
  const resource = (construct.node.defaultChild ?? construct) as CfnResource;
  const before = resource.getMetadata("checkov") as { skip: Skipped[] } | undefined;
  resource.addMetadata("checkov", { skip: [...(before?.skip ?? []), { id, comment }] });
}
