// The example server `whoami` in an AWS account, for `npm run verify-deployment`: see README.md.
import { App } from "aws-cdk-lib";
import { WhoamiStack } from "./whoami-stack.ts";

const app = new App();
const callerRoleArn: unknown = app.node.tryGetContext("callerRole");
if (typeof callerRoleArn !== "string" || !/^arn:aws[\w-]*:iam::\d{12}:role\/.+$/.test(callerRoleArn)) {
  throw new Error(
    "Expected the ARN of the proxy function's role: -c callerRole=arn:aws:iam::111122223333:role/NAME. README.md says where to find it.",
  );
}
new WhoamiStack(app, "McpGatewayWhoami", { callerRoleArn });
