// The properties of a gateway in a CDK app.
import type { Duration } from "aws-cdk-lib";
import type { ICertificate } from "aws-cdk-lib/aws-certificatemanager";
import type { ISecurityGroup, IVpc, SubnetSelection } from "aws-cdk-lib/aws-ec2";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { RetentionDays } from "aws-cdk-lib/aws-logs";
import type { IHostedZone } from "aws-cdk-lib/aws-route53";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { GatewayConfig } from "../gateway-config.ts";
import type { Protection } from "../stage-lifetime.ts";
import type { EgressRule } from "./function-network.ts";
import type { FunctionOptions } from "./gateway-function.ts";
import type { GatewayWebAcl } from "./web-acl.ts";

/** Properties of a gateway. */
export interface McpGatewayProps {
  /** Name of the API's stage and end of the configuration's SSM path `/<name>/<stage>`. It decides nothing else. */
  readonly stage: string;
  /** The servers behind the gateway, and who may use them. */
  readonly config: GatewayConfig;
  /**
   * Start of the names of all resources: gateways with different names can share an account and Region.
   * @default "mcp-gateway"
   */
  readonly name?: string;
  /**
   * What happens to log groups and signing keys that leave the stack, or whose stack is deleted: `"production"` retains them,
   * `"disposable"` deletes them. It is also the default of `logRetention`.
   * @default "production"
   */
  readonly protection?: Protection;
  /**
   * URL that clients use, without a slash at the end.
   * @default - `public_url` of the configuration, else the domain, else the API's own URL
   */
  readonly publicUrl?: string;
  /**
   * A host name of your own, with an empty base path. It needs `certificate`.
   * @default - none; clients use the API's own URL, with the stage in its path
   */
  readonly domainName?: string;
  /**
   * An issued certificate for `domainName`, in the stack's own Region.
   * @default - none
   */
  readonly certificate?: ICertificate;
  /**
   * Zone for the address records of `domainName`.
   * @default - none; you make the records, from `domainTarget`
   */
  readonly hostedZone?: IHostedZone;
  /**
   * Whether the API's own `execute-api` URL is switched off.
   * @default - true where there is a domain
   */
  readonly disableExecuteApiEndpoint?: boolean;
  /**
   * CloudFront in front of the API. Its host name, or `domainName`, is the gateway's URL, so that every client can sign in without a
   * domain of your own, and clients step up their scopes by themselves. `certificate` must then be in us-east-1, and so must a stack
   * with `GatewayWebAcl.rules()`. The stack needs an explicit Region.
   * @default - none
   */
  readonly edge?: "cloudfront";
  /**
   * How long API Gateway caches the authorizer's result for one token and path: 0 to 3600 seconds.
   *
   * Within that time a revoked token, a changed claim rule and a rotated JWKS key go unnoticed for tokens already seen;
   * expiry does not, since the proxy checks it on every request. With 0 every request waits for the authorizer function and pays
   * for its run. Denials are cached too. Where the configuration introspects tokens, it can't be longer than the smallest
   * `introspectCacheMaxAge`.
   * @default - 300 seconds, or the smallest `introspectCacheMaxAge` if that is less
   */
  readonly authorizerCacheTtl?: Duration;
  /**
   * Requests a second, for the API as a whole.
   * @default 100
   */
  readonly throttlingRateLimit?: number;
  /**
   * Requests at once.
   * @default - twice the rate
   */
  readonly throttlingBurstLimit?: number;
  /**
   * AWS WAF in front of the API. It costs money when idle too.
   * @default - none
   */
  readonly webAcl?: GatewayWebAcl;
  /**
   * VPC for the proxy, for MCP servers without a public address. Its subnets need a way to SSM and KMS, and to public MCP servers if
   * there are any: a NAT gateway or VPC endpoints.
   * @default - none; the proxy reaches public addresses only
   */
  readonly vpc?: IVpc;
  /**
   * Subnets of the proxy in `vpc`.
   * @default - private subnets
   */
  readonly vpcSubnets?: SubnetSelection;
  /**
   * Security groups of the proxy in `vpc`.
   * @default - one of the stack's own that lets everything out and nothing in
   */
  readonly securityGroups?: readonly ISecurityGroup[];
  /**
   * Where the stack's own security group lets the proxy connect to, such as `{ cidr: "10.0.0.0/16", port: 443 }`. It needs a way to MCP
   * servers, SSM and KMS. Without effect where there are `securityGroups`.
   * @default - everywhere
   */
  readonly egress?: readonly EgressRule[];
  /**
   * Symmetric KMS key for the log groups, the functions' environment and the session secrets. The functions may decrypt with it, so that
   * secrets of the configuration can be encrypted with it too. Its policy must allow CloudWatch Logs to use it: see
   * docs/deployment.md.
   * @default - keys of AWS
   */
  readonly encryptionKey?: IKey;
  /** Settings of the function that checks access tokens. */
  readonly authorizer?: FunctionOptions;
  /** Settings of the function that forwards requests to MCP servers. */
  readonly proxy?: FunctionOptions;
  /** Settings of the function that serves OAuth metadata. */
  readonly metadata?: FunctionOptions;
  /**
   * Whether the API and the functions are traced with X-Ray.
   * @default false
   */
  readonly tracing?: boolean;
  /**
   * Whether CloudWatch Contributor Insights shows the keys of the table of rate limits that are counted most. DynamoDB charges for each
   * event. The table exists where the configuration has `rate_limits`, or `externalConfig` says so.
   * @default false
   */
  readonly rateLimitInsights?: boolean;
  /**
   * How long all logs are kept.
   * @default - one year with `protection: "production"`, two weeks with `"disposable"`
   */
  readonly logRetention?: RetentionDays;
  /**
   * A CloudWatch dashboard, which has a monthly price.
   * @default true
   */
  readonly dashboard?: boolean;
  /**
   * CloudWatch alarms, each of which has a monthly price.
   * @default true
   */
  readonly alarms?: boolean;
  /**
   * Topic that is told when an alarm begins and when it ends.
   * @default - none; alarms only show in CloudWatch
   */
  readonly alarmTopic?: ITopic;
  /**
   * Whether to set the account's role for API Gateway logs, without which no API of the account and Region can log. It is one
   * setting for all of them, so the stack leaves it alone unless asked.
   * @default false
   */
  readonly cloudWatchRole?: boolean;
  /**
   * Where the generations in use are kept. `"account"`: in a CloudFormation parameter of the deployed stack for keys and one for secrets,
   * so that deploying an older version of the code goes on with those in use. `"code"`: in the two lists below alone, with names of any
   * kind.
   * @default "account"
   */
  readonly generationsKept?: "account" | "code";
  /**
   * Generations of the key that signs identity JWTs: the first signs, all are published. Kept in the account, a list given here must be
   * that of the deployed stack, whose parameter `SigningKeyGenerations` changes it; another fails the deployment.
   * @default - what the deployed stack has, at first ["1"]
   */
  readonly signingKeys?: readonly string[];
  /**
   * Keys outside the stack that stay published, where the stack before this one signed with them.
   * @default - none
   */
  readonly formerSigningKeys?: readonly IKey[];
  /**
   * Generations of the secret that seals session identifiers: the first seals, all open. Kept like `signingKeys`, in the
   * parameter `SessionGenerations`.
   * @default - what the deployed stack has, at first ["1"]
   */
  readonly sessionSecrets?: readonly string[];
  /**
   * SSM names of secrets outside the stack that still open session identifiers.
   * @default - none
   */
  readonly formerSessionSecrets?: readonly string[];
}
