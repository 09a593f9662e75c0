// What a stage's name decides: how long logs are kept, and whether data outlives the stack. A stage called `prod`, or
// whose name starts with `prod-`, is production.
import { RemovalPolicy } from "aws-cdk-lib";
import { RetentionDays } from "aws-cdk-lib/aws-logs";

/** Retention of a log group, and what happens to it when the stack is deleted. */
export type LogLifetime = { readonly retention: RetentionDays; readonly removalPolicy: RemovalPolicy };

/** What outlives the stack, and for how long. */
export type StageLifetime = { readonly logs: LogLifetime; readonly removalPolicy: RemovalPolicy };

// It names the stack, the API Gateway stage and the SSM path, so only what all three allow passes.
const STAGE_NAME = /^[a-z][a-z0-9-]{0,30}$/;

/** @throws Error when the name cannot be a stage name. */
export function checkStageName(stage: string): string {
  if (STAGE_NAME.test(stage)) return stage;
  throw new Error(
    `The stage must be 1 to 31 lower-case letters, digits and hyphens, starting with a letter, but is ${JSON.stringify(stage)}. ` +
      "Pass another one with -c stage=<name>.",
  );
}

/** Two weeks, and deleted with the stack; in production one year, and kept after the stack, as is whatever cannot be made again. */
export function stageLifetime(stage: string, logRetention?: RetentionDays): StageLifetime {
  const isProduction = stage === "prod" || stage.startsWith("prod-");
  const removalPolicy = isProduction ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
  const usual = isProduction ? RetentionDays.ONE_YEAR : RetentionDays.TWO_WEEKS;
  return { removalPolicy, logs: { removalPolicy, retention: logRetention ?? usual } };
}
