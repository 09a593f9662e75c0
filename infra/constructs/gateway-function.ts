// One Lambda function of the gateway with its role and log group. The role may only write to that log group until it is granted more.
import { type Duration, Validations } from "aws-cdk-lib";
import { Effect, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import {
  ApplicationLogLevel,
  Architecture,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from "aws-cdk-lib/aws-lambda";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { LogLifetime } from "../stage-lifetime.ts";
import { type BundleName, functionCode } from "./function-code.ts";
import { joinNetwork, type NetworkSettings } from "./function-network.ts";
import { skipScan } from "./scan-reasons.ts";

/** Settings of a function that the user of the construct may override. */
export interface FunctionOptions {
  /** In MB. CPU grows with it. @default - 512; 256 for the metadata */
  readonly memorySize?: number;
  /** @default - 15 minutes for the proxy and the combined endpoint, the longest that a stream can be open; 15 seconds for the others */
  readonly timeout?: Duration;
  /** @default Architecture.ARM_64 */
  readonly architecture?: Architecture;
  /** Reserved concurrency, which is also the function's limit. @default - none; the account's pool */
  readonly reservedConcurrentExecutions?: number;
  /** Environment variables in addition to those of the gateway. @default - none */
  readonly environment?: Readonly<Record<string, string>>;
  /** How long its logs are kept. @default - as all logs of the gateway */
  readonly logRetention?: RetentionDays;
  /** Whether it is traced with X-Ray. @default - as the gateway */
  readonly tracing?: boolean;
}

/** What differs between the gateway's functions. */
export interface GatewayFunctionProps {
  /** Name of its bundle. */
  readonly bundle: BundleName;
  readonly description: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly memorySize: number;
  readonly timeout: Duration;
  readonly logs: LogLifetime;
  readonly tracing: boolean;
  /** Customer managed key of the log group and the environment; undefined: AWS owned and AWS managed keys. */
  readonly encryptionKey: IKey | undefined;
  /** Undefined: outside of a VPC. */
  readonly network?: NetworkSettings | undefined;
  /** Overrides by the user of the construct. */
  readonly options: FunctionOptions | undefined;
}

/** A Node 24 function, its role and its log group. */
export class GatewayFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: GatewayFunctionProps) {
    super(scope, id);
    const { options = {}, encryptionKey } = props;
    const { tracing = props.tracing, logRetention = props.logs.retention } = options;
    this.logGroup = new LogGroup(this, "Logs", { ...props.logs, retention: logRetention, encryptionKey });
    this.role = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
      description: `${props.description} (execution role)`,
    });
    this.role.addToPolicy(
      new PolicyStatement({
        sid: "WriteOwnLogs",
        effect: Effect.ALLOW,
        actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
        // The ARN attribute of a log group ends in ":*": its log streams, whose names are not known in advance.
        resources: [this.logGroup.logGroupArn],
      }),
    );
    if (encryptionKey) {
      this.role.addToPolicy(
        new PolicyStatement({
          sid: "DecryptWithCustomerKey",
          actions: ["kms:Decrypt"],
          resources: [encryptionKey.keyArn],
        }),
      );
    }
    if (tracing) {
      Validations.of(this.role).acknowledge({
        id: "AwsSolutions-IAM5[Resource::*]",
        reason: "X-Ray knows no resources: writing trace segments is granted on all or not at all.",
      });
    }
    this.function = new LambdaFunction(this, "Function", {
      code: functionCode(props.bundle),
      handler: "lambda.handler",
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: options.architecture ?? Architecture.ARM_64,
      memorySize: options.memorySize ?? props.memorySize,
      timeout: options.timeout ?? props.timeout,
      role: this.role,
      reservedConcurrentExecutions: options.reservedConcurrentExecutions,
      ...(props.network && joinNetwork(this, this.role, props.network)),
      tracing: tracing ? Tracing.ACTIVE : undefined,
      logGroup: this.logGroup,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      // Suppresses the START, END and REPORT lines, which would cost more than the audit lines.
      systemLogLevelV2: SystemLogLevel.WARN,
      environment: environmentOf(props),
      environmentEncryption: encryptionKey,
    });
    skipScan(
      this.function,
      "CKV_AWS_116",
      "API Gateway waits for the function's response: there is no asynchronous event that could be lost.",
    );
  }
}

/** @throws Error for a variable that the gateway sets itself */
function environmentOf({ environment, options, bundle }: GatewayFunctionProps): Record<string, string> {
  const own = Object.keys(options?.environment ?? {}).find((name) => Object.hasOwn(environment, name));
  if (own !== undefined)
    throw new Error(`${bundle}: the gateway sets the variable ${own}. Choose another name.`);
  return { ...environment, ...options?.environment };
}
