// checkov, a scanner of templates, reads from a resource's metadata why one of its checks does not apply there. So the reasons hold for
// whoever scans the stack. docs/scanners.md lists them, and the settings that end its other findings.
import type { CfnResource } from "aws-cdk-lib";
import type { IConstruct } from "constructs";

type Skipped = { readonly id: string; readonly comment: string };

/**
 * Says why a check of checkov does not apply to a resource.
 *
 * @param construct the resource, or the construct whose default child it is
 * @param id checkov's name of the check, such as `CKV_AWS_116`
 */
export function skipScan(construct: IConstruct, id: string, comment: string): void {
  const resource = (construct.node.defaultChild ?? construct) as CfnResource;
  const before = resource.getMetadata("checkov") as { skip: Skipped[] } | undefined;
  resource.addMetadata("checkov", { skip: [...(before?.skip ?? []), { id, comment }] });
}
