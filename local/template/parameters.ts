// The initial content of the local Parameter Store: the SSM parameters of a template, and its Secrets Manager secrets, with new values at
// every start, under their names in Parameter Store references.
import { randomInt } from "node:crypto";
import type { Template } from "./cloudformation.ts";
import { notSupported, onlyKeys, resourcesOf, stringProperty } from "./properties.ts";

/** One parameter of the stack. */
export type ParameterSpec = { readonly name: string; readonly type: string; readonly value: string };

/** Reads all parameters and secrets. @throws TemplateFault */
export function readParameters(template: Template): ParameterSpec[] {
  const parameters = resourcesOf(template, "AWS::SSM::Parameter", {
    used: ["Name", "Type", "Value"],
    harmless: ["Description", "Tags", "Tier", "AllowedPattern"],
  }).map((resource) => ({
    name: stringProperty(resource, "Name"),
    type: stringProperty(resource, "Type"),
    value: stringProperty(resource, "Value"),
  }));
  return [...parameters, ...readSecrets(template)];
}

const LETTERS_AND_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const DEFAULT_LENGTH = 32;

function readSecrets(template: Template): ParameterSpec[] {
  return resourcesOf(template, "AWS::SecretsManager::Secret", {
    used: ["GenerateSecretString", "Name"],
    harmless: ["Description", "Tags"],
  }).map((resource) => {
    const where = `${resource.where} GenerateSecretString`;
    const generation = resource.properties.GenerateSecretString as Record<string, unknown> | undefined;
    if (generation?.ExcludePunctuation !== true)
      throw notSupported(where, "punctuation is not supported by the local run");
    onlyKeys(generation, ["ExcludePunctuation", "PasswordLength"], where);
    return {
      name: `/aws/reference/secretsmanager/${stringProperty(resource, "Name")}`,
      type: "SecureString",
      value: generated(Number(generation.PasswordLength ?? DEFAULT_LENGTH)),
    };
  });
}

function generated(length: number): string {
  return Array.from({ length }, () => LETTERS_AND_DIGITS[randomInt(LETTERS_AND_DIGITS.length)]).join("");
}
