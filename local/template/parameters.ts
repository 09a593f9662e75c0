// The SSM parameters of a template: the initial content of the local Parameter Store.
import type { Template } from "./cloudformation.ts";
import { resourcesOf, stringProperty } from "./properties.ts";

/** One parameter of the stack. */
export type ParameterSpec = { readonly name: string; readonly type: string; readonly value: string };

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
