// Grants the functions read access to their gateway's configuration in SSM and to the secrets that it names, and to nothing else.
import { ArnFormat, Stack } from "aws-cdk-lib";
import { Grant, type IGrantable, PolicyStatement, type Role } from "aws-cdk-lib/aws-iam";
import type { IConstruct } from "constructs";

/** Prefix of the Parameter Store names of Secrets Manager secrets. */
export const SECRETS_MANAGER_REFERENCE = "/aws/reference/secretsmanager/";

/** Lets a function's role read all parameters below a prefix in one call, for which IAM only checks the prefix. */
export function grantFunctionConfigRead(role: Role, prefix: string): void {
  role.addToPolicy(
    new PolicyStatement({
      sid: "ReadConfiguration",
      actions: ["ssm:GetParametersByPath"],
      resources: [parameterArn(role, prefix)],
    }),
  );
}

/** The same for any grantee. @param scope in the stack with the parameters */
export function grantConfigRead(grantee: IGrantable, prefix: string, scope: IConstruct): Grant {
  const resourceArns = [parameterArn(scope, prefix)];
  return Grant.addToPrincipal({ grantee, actions: ["ssm:GetParametersByPath"], resourceArns });
}

/**
 * Lets the role read exactly the named parameters, and the Secrets Manager secrets that they refer to.
 *
 * @param names SSM names, or ARNs of parameters
 */
export function grantSecretRead(role: Role, names: readonly string[]): void {
  if (names.length === 0) return;
  role.addToPolicy(
    new PolicyStatement({
      sid: "ReadSecretParameters",
      actions: ["ssm:GetParameter"],
      resources: names.map((name) => parameterArn(role, name)),
    }),
  );
  const secrets = names.filter((name) => name.startsWith(SECRETS_MANAGER_REFERENCE));
  if (secrets.length === 0) return;
  role.addToPolicy(
    new PolicyStatement({
      sid: "ReadReferencedSecrets",
      actions: ["secretsmanager:GetSecretValue"],
      // Secrets Manager appends a hyphen and six random characters to the name in a secret's ARN.
      resources: secrets.map((name) =>
        Stack.of(role).formatArn({
          service: "secretsmanager",
          resource: "secret",
          resourceName: `${name.slice(SECRETS_MANAGER_REFERENCE.length)}-??????`,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ),
    }),
  );
}

/** ARN of an SSM parameter in the stack's account and Region, unless the name is an ARN already. */
export function parameterArn(scope: IConstruct, name: string): string {
  if (name.startsWith("arn:")) return name;
  return Stack.of(scope).formatArn({
    service: "ssm",
    resource: "parameter",
    resourceName: name.replace(/^\//, ""),
  });
}
