// The permissions of a template as lines that a test can state literally.
import type { Template } from "aws-cdk-lib/assertions";
import { flat, resources } from "./synthesised-template.ts";

type Statement = {
  Sid?: string;
  Effect: string;
  Action: string | string[];
  Resource: unknown;
  Principal?: unknown;
  Condition?: Record<string, Record<string, unknown>>;
};

/** Every statement of every role's policies, by role: `<Sid>: <Effect> <actions> on <resources>`. */
export function roleStatements(template: Template): Record<string, string[]> {
  const policies = Object.values(resources(template, "AWS::IAM::Policy"));
  return Object.fromEntries(
    policies.map(({ Roles, PolicyDocument }) => [
      flat((Roles as unknown[])[0]),
      statementLines(PolicyDocument),
    ]),
  );
}

/** The statements of one policy; conditions follow as `if <operator> <key> <value>`. */
export function statementLines(policyDocument: unknown): string[] {
  return (policyDocument as { Statement: Statement[] }).Statement.map(
    ({ Sid, Effect, Action, Resource, Principal: _, Condition = {} }) => {
      const conditions = Object.entries(Condition).flatMap(([operator, keys]) =>
        Object.entries(keys).map(([key, value]) => ` if ${operator} ${key} ${[value].flat().map(flat)}`),
      );
      return `${Sid}: ${Effect} ${[Action].flat()} on ${[Resource].flat().map(flat)}${conditions.join("")}`;
    },
  );
}
