// The table of the rate limit counters. It exists only if limits are configured. Counters are short-lived: the table has no backups, and
// DynamoDB deletes expired items.
import { RemovalPolicy, Validations } from "aws-cdk-lib";
import { AttributeType, BillingMode, Table, TableEncryption } from "aws-cdk-lib/aws-dynamodb";
import { PolicyStatement, type Role } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { StringParameter } from "aws-cdk-lib/aws-ssm";
import { Construct } from "constructs";
import { COUNTER_ATTRIBUTES } from "../../functions/core/rate-limits.ts";
import { skipScan } from "./scan-reasons.ts";

/** What DynamoDB documents as `kms:GenerateDataKey*` and `kms:ReEncrypt*`, each action by its name. */
const KEY_ACTIONS = [
  "kms:Decrypt",
  "kms:Encrypt",
  "kms:GenerateDataKey",
  "kms:GenerateDataKeyWithoutPlaintext",
  "kms:ReEncryptFrom",
  "kms:ReEncryptTo",
];

const NOTHING_TO_RECOVER = "Counters of windows that have ended mean nothing: there is nothing to recover.";

/** The settings of the table. */
export interface RateLimitTableProps {
  /** SSM name of the parameter with the table's name, for `npm run explain -- limits`. */
  readonly nameParameter: string;
  readonly description: string;
  /** With `RETAIN`, the table is protected from deletion as well. */
  readonly removalPolicy: RemovalPolicy;
  /** CloudWatch Contributor Insights shows the most frequent keys, for a price per event. */
  readonly contributorInsights: boolean;
  /** Customer managed key; undefined: the account's AWS managed key of DynamoDB. */
  readonly encryptionKey: IKey | undefined;
}

/** A DynamoDB table with on-demand capacity. */
export class RateLimitTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string, props: RateLimitTableProps) {
    super(scope, id);
    const { removalPolicy, contributorInsights, encryptionKey } = props;
    // No fixed name: it would conflict with a retained table of an earlier stack.
    this.table = new Table(this, "Table", {
      partitionKey: { name: COUNTER_ATTRIBUTES.key, type: AttributeType.STRING },
      timeToLiveAttribute: COUNTER_ATTRIBUTES.expires,
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: encryptionKey ? TableEncryption.CUSTOMER_MANAGED : TableEncryption.AWS_MANAGED,
      ...(encryptionKey && { encryptionKey }),
      removalPolicy,
      deletionProtection: removalPolicy === RemovalPolicy.RETAIN,
      ...(contributorInsights && { contributorInsightsSpecification: { enabled: true } }),
    });
    Validations.of(this.table).acknowledge({
      id: "AwsSolutions-DDB3",
      reason: NOTHING_TO_RECOVER,
    });
    skipScan(this.table, "CKV_AWS_28", NOTHING_TO_RECOVER);
    new StringParameter(this, "Name", {
      parameterName: props.nameParameter,
      description: `${props.description}: table of rate limits`,
      stringValue: this.table.tableName,
    });
  }

  /** Lets a function update single counters. It can neither list nor delete them. */
  grantCount(role: Role): void {
    role.addToPolicy(
      new PolicyStatement({
        sid: "CountRateLimits",
        actions: ["dynamodb:UpdateItem"],
        resources: [this.table.tableArn],
      }),
    );
    // DynamoDB uses the KMS key with the caller's permissions.
    this.table.encryptionKey?.grant(role, ...KEY_ACTIONS);
  }
}
