// The SSM parameters of a template, as the local Parameter Store starts with them.
import type { Template } from "./cloudformation.ts";
import { resourcesOf, stringProperty } from "./properties.ts";

/** One parameter as the stack creates it. */
export type ParameterSpec = { readonly name: string; readonly type: string; readonly value: string };

/** Reads all `AWS::SSM::Parameter` resources. */
export function readParameters(template: Template): ParameterSpec[] {
  return resourcesOf(template, "AWS::SSM::Parameter", {
    used: ["Name", "Type", "Value"],
    harmless: ["Description", "Tags", "Tier", "AllowedPattern"],
  }).map((resource) => ({
    name: stringProperty(resource, "Name"),
    type: stringProperty(resource, "Type"),
    value: stringProperty(resource, "Value"),
  }));
}
