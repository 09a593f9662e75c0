// The Lambda functions of a template: bundle, handler, environment and limits.
import type { SynthesisedStack } from "./cloudformation.ts";
import { createResolver } from "./intrinsics.ts";
import { LOCAL_ACCOUNT, LOCAL_REGION } from "./local-values.ts";
import { notSupported, type ResolvedResource, resourcesOf, stringMap, stringProperty } from "./properties.ts";
import { TemplateFault } from "./template-fault.ts";

/** The settings to run one function. */
export type FunctionSpec = {
  readonly name: string;
  readonly arn: string;
  /** Folder of the bundle, `/var/task` on AWS. */
  readonly taskRoot: string;
  /** `<file>.<export>` */
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  /** Format of the runtime's log lines. */
  readonly logFormat: "JSON" | "Text";
  /** Reserved concurrency; undefined: the account's limit. */
  readonly reservedConcurrency: number | undefined;
};

const RUNTIME = "nodejs24.x";

/** Reads the functions whose ARN `isNeeded`; others (custom resources, log retention) do not handle requests. */
export function readFunctions(stack: SynthesisedStack, isNeeded: (arn: string) => boolean): FunctionSpec[] {
  const { template, assetFolders } = stack;
  const resolve = createResolver(template);
  const needed = Object.entries(template.Resources)
    .filter(([, { Type }]) => Type === "AWS::Lambda::Function")
    .map(([id]) => id)
    .filter((id) => isNeeded(String(resolve({ "Fn::GetAtt": [id, "Arn"] }, id))));
  const narrowed = {
    ...template,
    Resources: Object.fromEntries(
      Object.entries(template.Resources).filter(
        ([id, { Type }]) => Type !== "AWS::Lambda::Function" || needed.includes(id),
      ),
    ),
  };
  return resourcesOf(narrowed, "AWS::Lambda::Function", {
    used: [
      "Code",
      "Environment",
      "FunctionName",
      "Handler",
      "LoggingConfig",
      "MemorySize",
      "PackageType",
      "ReservedConcurrentExecutions",
      "Runtime",
      "Timeout",
    ],
    harmless: [
      "Architectures",
      "Description",
      "EphemeralStorage",
      "KmsKeyArn",
      "RecursiveLoop",
      "Role",
      "RuntimeManagementConfig",
      "Tags",
      "TracingConfig",
      "VpcConfig",
    ],
  }).map((resource) => functionSpec(resource, assetFolders));
}

function functionSpec(resource: ResolvedResource, folders: ReadonlyMap<string, string>): FunctionSpec {
  const { id, where, properties } = resource;
  if (properties.PackageType !== undefined && properties.PackageType !== "Zip") {
    throw notSupported(`${where} PackageType`);
  }
  if (properties.Runtime !== RUNTIME) {
    throw new TemplateFault(`${where} Runtime`, `${RUNTIME} was expected, but it is ${properties.Runtime}`);
  }
  const name = String(properties.FunctionName ?? id);
  const code = (properties.Code ?? {}) as Record<string, unknown>;
  const taskRoot = folders.get(String(code.S3Key));
  if (taskRoot === undefined) {
    throw new TemplateFault(`${where} Code`, `no asset of the stack has the key ${String(code.S3Key)}`);
  }
  const environment = (properties.Environment ?? {}) as { Variables?: unknown };
  const logging = (properties.LoggingConfig ?? {}) as { LogFormat?: unknown };
  const reserved = properties.ReservedConcurrentExecutions;
  return {
    name,
    arn: `arn:aws:lambda:${LOCAL_REGION}:${LOCAL_ACCOUNT}:function:${name}`,
    taskRoot,
    handler: stringProperty(resource, "Handler"),
    environment: stringMap(environment.Variables, `${where} Environment`),
    timeoutMs: Number(properties.Timeout ?? 3) * 1000,
    memoryMb: Number(properties.MemorySize ?? 128),
    logFormat: logging.LogFormat === "JSON" ? "JSON" : "Text",
    reservedConcurrency: reserved === undefined ? undefined : Number(reserved),
  };
}
