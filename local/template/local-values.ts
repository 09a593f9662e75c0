// The values of Ref and Fn::GetAtt on this machine: the identifiers that AWS would assign on creation, in AWS's format, so that
// ARNs built from them match the policies that functions return.
import type { TemplateResource } from "./cloudformation.ts";
import { TemplateFault } from "./template-fault.ts";

/** Account and Region of the local run. */
export const LOCAL_ACCOUNT = "123456789012";
export const LOCAL_REGION = "us-east-1";

/** Values of the pseudo parameters. */
export const PSEUDO_PARAMETERS: Readonly<Record<string, string>> = {
  "AWS::AccountId": LOCAL_ACCOUNT,
  "AWS::Region": LOCAL_REGION,
  "AWS::Partition": "aws",
  "AWS::URLSuffix": "amazonaws.com",
  "AWS::StackName": "local",
  "AWS::StackId": `arn:aws:cloudformation:${LOCAL_REGION}:${LOCAL_ACCOUNT}:stack/local/00000000`,
};

/** `Ref` of a resource; `property` reads one of its resolved properties. */
export function referenceTo(
  id: string,
  resource: TemplateResource,
  property: (name: string) => unknown,
): string {
  switch (resource.Type) {
    case "AWS::ApiGateway::RestApi":
      return restApiId(id);
    case "AWS::ApiGateway::Stage":
      return String(property("StageName"));
    case "AWS::Lambda::Function":
      return String(property("FunctionName") ?? id);
    case "AWS::SSM::Parameter":
      return String(property("Name"));
    case "AWS::Logs::LogGroup":
      return String(property("LogGroupName") ?? id);
    default:
      return id;
  }
}

/** `Fn::GetAtt` of a resource. @throws TemplateFault for an attribute without a value on this machine. */
export function attributeOf(
  id: string,
  resource: TemplateResource,
  attribute: string,
  property: (name: string) => unknown,
): string {
  const name = referenceTo(id, resource, property);
  const found = ATTRIBUTES[`${resource.Type}.${attribute}`]?.(name);
  if (found === undefined) {
    throw new TemplateFault(
      id,
      `Fn::GetAtt ${attribute} of ${resource.Type} has no value in the local run. Add it to local/template/local-values.ts.`,
    );
  }
  return found;
}

function restApiId(id: string): string {
  return `local${id.toLowerCase().replace(/[^a-z0-9]/g, "")}`.slice(0, 10).padEnd(10, "0");
}

const ATTRIBUTES: Readonly<Record<string, (name: string) => string>> = {
  "AWS::ApiGateway::RestApi.RootResourceId": (name) => rootResourceId(name),
  "AWS::Lambda::Function.Arn": (name) => `arn:aws:lambda:${LOCAL_REGION}:${LOCAL_ACCOUNT}:function:${name}`,
  "AWS::IAM::Role.Arn": (name) => `arn:aws:iam::${LOCAL_ACCOUNT}:role/${name}`,
  "AWS::Logs::LogGroup.Arn": (name) => `arn:aws:logs:${LOCAL_REGION}:${LOCAL_ACCOUNT}:log-group:${name}:*`,
  "AWS::DynamoDB::Table.Arn": (name) => `arn:aws:dynamodb:${LOCAL_REGION}:${LOCAL_ACCOUNT}:table/${name}`,
  "AWS::KMS::Key.Arn": (name) => `arn:aws:kms:${LOCAL_REGION}:${LOCAL_ACCOUNT}:key/${name}`,
  "AWS::KMS::Key.KeyId": (name) => name,
  "AWS::SecretsManager::Secret.Id": (name) => name,
};

/** Identifier of an API's root resource. */
export function rootResourceId(apiId: string): string {
  return `${apiId}-root`;
}
