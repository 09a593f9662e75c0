// One Lambda function of the gateway: the bundle of functions/<name>/index.ts, with a role of its own that may
// do nothing but write to its own log group until a caller grants it more, and with that log group's lifetime.
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
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { LogLifetime } from "../stage-lifetime.ts";
import { functionCode } from "./function-code.ts";
import { skipScan } from "./scan-reasons.ts";

/** What differs between the gateway's functions. */
export interface GatewayFunctionProps {
  /** Folder under `functions/` that holds the entry point `index.ts`, which exports `handler`. */
  readonly entryName: string;
  readonly description: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly memoryMb: number;
  readonly timeout: Duration;
  readonly logs: LogLifetime;
  /** Executions set apart for it, which are its limit too; undefined: the account's pool. */
  readonly reservedConcurrency: number | undefined;
  readonly tracing: boolean;
  /** Customer managed key of the log group and the environment; undefined: keys of AWS. */
  readonly encryptionKey: IKey | undefined;
}

/** A Node 24 arm64 function, its role and its log group. */
export class GatewayFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: GatewayFunctionProps) {
    super(scope, id);
    this.logGroup = new LogGroup(this, "Logs", { ...props.logs, encryptionKey: props.encryptionKey });
    this.role = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
      description: `${props.description} (execution role)`,
    });
    this.role.addToPolicy(
      new PolicyStatement({
        sid: "WriteOwnLogs",
        effect: Effect.ALLOW,
        actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
        // The ARN that CloudFormation gives for a log group ends in ":*": its streams, which have no names before they exist.
        resources: [this.logGroup.logGroupArn],
      }),
    );
    if (props.encryptionKey) {
      this.role.addToPolicy(
        new PolicyStatement({
          sid: "DecryptWithCustomerKey",
          actions: ["kms:Decrypt"],
          resources: [props.encryptionKey.keyArn],
        }),
      );
    }
    if (props.tracing) {
      Validations.of(this.role).acknowledge({
        id: "AwsSolutions-IAM5[Resource::*]",
        reason: "X-Ray knows no resources: writing trace segments is granted on all or not at all.",
      });
    }
    this.function = new LambdaFunction(this, "Function", {
      code: functionCode(props.entryName),
      handler: "index.handler",
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memoryMb,
      timeout: props.timeout,
      role: this.role,
      reservedConcurrentExecutions: props.reservedConcurrency,
      tracing: props.tracing ? Tracing.ACTIVE : undefined,
      logGroup: this.logGroup,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      // START, END and REPORT lines of every invocation would cost more than the audit lines.
      systemLogLevelV2: SystemLogLevel.WARN,
      environment: { ...props.environment },
      environmentEncryption: props.encryptionKey,
    });
    skipScan(
      this.function,
      "CKV_AWS_116",
      "API Gateway waits for the function's response: there is no asynchronous event that could be lost.",
    );
  }
}
