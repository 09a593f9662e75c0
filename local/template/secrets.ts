// The Secrets Manager secrets of a template, with new values at every start, under their names in Parameter Store references.
import { randomInt } from "node:crypto";
import type { Template } from "./cloudformation.ts";
import type { ParameterSpec } from "./parameters.ts";
import { notSupported, onlyKeys, resourcesOf, stringProperty } from "./properties.ts";

const LETTERS_AND_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const DEFAULT_LENGTH = 32;

/** Reads all `AWS::SecretsManager::Secret` resources as parameters. @throws TemplateFault */
export function readSecrets(template: Template): ParameterSpec[] {
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
