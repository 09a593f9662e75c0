// The example server `whoami` as one Lambda function with a URL that only the gateway's proxy may call.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import { ArnPrincipal } from "aws-cdk-lib/aws-iam";
import {
  Architecture,
  Code,
  FunctionUrlAuthType,
  Function as LambdaFunction,
  Runtime,
} from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { buildSync } from "esbuild";

/** Props of the stack. */
export interface WhoamiStackProps extends StackProps {
  /** ARN of the role that may call the server: that of the gateway's proxy function. */
  readonly callerRoleArn: string;
}

/** One function, its URL, and a log group that goes with the stack. */
export class WhoamiStack extends Stack {
  constructor(scope: Construct, id: string, props: WhoamiStackProps) {
    super(scope, id, props);
    const whoami = new LambdaFunction(this, "Whoami", {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: "index.handler",
      code: Code.fromAsset(bundledHandler()),
      memorySize: 256,
      timeout: Duration.seconds(15),
      description: "Example MCP server that says who calls it",
      logGroup: new LogGroup(this, "Logs", {
        retention: RetentionDays.ONE_WEEK,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
    });
    const { url } = whoami.addFunctionUrl({ authType: FunctionUrlAuthType.AWS_IAM });
    // A function URL needs both permissions.
    const principal = new ArnPrincipal(props.callerRoleArn);
    whoami.addPermission("CallUrl", {
      principal,
      action: "lambda:InvokeFunctionUrl",
      functionUrlAuthType: FunctionUrlAuthType.AWS_IAM,
    });
    whoami.addPermission("Call", { principal, action: "lambda:InvokeFunction", invokedViaFunctionUrl: true });
    new CfnOutput(this, "WhoamiUrl", { value: url, description: "The url in servers/whoami.json" });
  }
}

/** The handler with its imports, in its own directory. */
function bundledHandler(): string {
  const directory = mkdtempSync(join(tmpdir(), "whoami-"));
  buildSync({
    entryPoints: [join(import.meta.dirname, "handler.ts")],
    outfile: join(directory, "index.js"),
    bundle: true,
    minify: true,
    platform: "node",
    target: "node24",
    format: "cjs",
    logLevel: "warning",
  });
  return directory;
}
