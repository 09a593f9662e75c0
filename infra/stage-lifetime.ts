// Checks a stage's name, and defines the two kinds of protection: how long logs are kept, and whether data outlives the stack. The
// stage's name affects neither.
import { RemovalPolicy } from "aws-cdk-lib";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import { quoteText } from "../functions/core/config/faults.ts";

/** What happens to logs and signing keys that are removed from the stack, or whose stack is deleted. */
export type Protection = "production" | "disposable";

/** Retention of a log group, and what happens to it when the stack is deleted. */
export type LogLifetime = { readonly retention: RetentionDays; readonly removalPolicy: RemovalPolicy };

/** What outlives the stack, and for how long logs are kept. */
export type StageLifetime = { readonly logs: LogLifetime; readonly removalPolicy: RemovalPolicy };

// Part of the name of the stack, the API Gateway stage and the SSM path: only characters that all three allow.
const STAGE_NAME = /^[a-z][a-z0-9-]{0,30}$/;

/** Why the name of a stage is invalid, or undefined. */
export function stageNameFault(stage: string): string | undefined {
  if (STAGE_NAME.test(stage)) return undefined;
  return `The stage must be 1 to 31 lower-case letters, digits and hyphens, starting with a letter, but is ${quoteText(stage)}.`;
}

/** @throws Error if the name is not a valid stage name */
export function checkStageName(stage: string): string {
  const fault = stageNameFault(stage);
  if (fault !== undefined) throw new Error(fault);
  return stage;
}

/** `production`: logs for a year; log groups and keys are retained. `disposable`: two weeks, and deleted with the stack. */
export function stageLifetime(protection: Protection, logRetention?: RetentionDays): StageLifetime {
  if (protection !== "production" && protection !== "disposable") {
    throw new Error(`protection must be "production" or "disposable", but is ${JSON.stringify(protection)}.`);
  }
  const isProduction = protection === "production";
  const removalPolicy = isProduction ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
  const usual = isProduction ? RetentionDays.ONE_YEAR : RetentionDays.TWO_WEEKS;
  return { removalPolicy, logs: { removalPolicy, retention: logRetention ?? usual } };
}
