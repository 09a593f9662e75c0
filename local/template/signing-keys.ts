// The KMS keys of a template: one real key on this machine for each.
import type { Template } from "./cloudformation.ts";
import { createResolver } from "./intrinsics.ts";
import { notSupported, resourcesOf } from "./properties.ts";

/** Reads the ARNs of all `AWS::KMS::Key` resources. @throws TemplateFault for a key that differs from the gateway's key spec */
export function readSigningKeyArns(template: Template): string[] {
  const resolve = createResolver(template);
  return resourcesOf(template, "AWS::KMS::Key", {
    used: ["KeySpec", "KeyUsage"],
    harmless: ["Description", "KeyPolicy", "PendingWindowInDays", "Tags"],
  }).map(({ id, where, properties }) => {
    const kind = `${properties.KeySpec} ${properties.KeyUsage}`;
    if (kind !== "ECC_NIST_P256 SIGN_VERIFY") throw notSupported(`${where} ${kind}`);
    return String(resolve({ "Fn::GetAtt": [id, "Arn"] }, where));
  });
}
