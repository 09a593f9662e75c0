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
  /** Name of the API's stage and end of the configuration's SSM path `/<name>/<stage>`. It has no other effect. */
  readonly stage: string;
  /** The servers behind the gateway, and who may use them. */
  readonly config: GatewayConfig;
  /**
   * Start of the names of all resources: gateways with different names can share an account and Region.
   * @default "mcp-gateway"
   */
  readonly name?: string;
  /**
   * What happens to log groups and signing keys that are removed from the stack, or whose stack is deleted: `"production"` retains
   * them, `"disposable"` deletes them. It also determines the default of `logRetention`.
   * @default "production"
   */
  readonly protection?: Protection;
  /**
   * URL that clients use, without a slash at the end.
   * @default - `public_url` of the configuration, else that of `domainName` or `edge`, else the API's own URL
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
   * @default - none; you create the records, from `domainTarget`
   */
  readonly hostedZone?: IHostedZone;
  /**
   * Whether the API's own `execute-api` URL is disabled. No effect with `edge`, which calls the API at this URL.
   * @default - true if there is a domain
   */
  readonly disableExecuteApiEndpoint?: boolean;
  /**
   * CloudFront in front of the API. Its host name, or `domainName`, is the gateway's URL. Every client can then sign in without a custom
   * domain, and clients can request more scopes by themselves. `certificate` must be in us-east-1, and so must a stack with
   * `GatewayWebAcl.rules()`. The stack needs an explicit Region.
   * @default - none
   */
  readonly edge?: "cloudfront";
  /**
   * How long API Gateway caches the authorizer's result for one token and path: 0 to 3600 seconds.
   *
   * During that time a revoked token, a changed claim rule or a rotated JWKS key has no effect on cached tokens. Expiry does, because the
   * proxy checks it on every request. With 0, every request waits and pays for the authorizer function. Denials are cached too. If the
   * configuration introspects tokens, the value cannot exceed the smallest `introspectCacheMaxAge`.
   * @default - 300 seconds, or the smallest `introspectCacheMaxAge` if that is less
   */
  readonly authorizerCacheTtl?: Duration;
  /**
   * Requests per second, for the whole API.
   * @default 100
   */
  readonly throttlingRateLimit?: number;
  /**
   * Burst of requests, for the whole API.
   * @default - twice the rate
   */
  readonly throttlingBurstLimit?: number;
  /**
   * AWS WAF in front of the API. It has a monthly price, even without requests.
   * @default - none
   */
  readonly webAcl?: GatewayWebAcl;
  /**
   * VPC for the proxy and the combined endpoint, for MCP servers without a public address. Its subnets need a route to SSM and KMS, and to public MCP servers, if
   * any: a NAT gateway or VPC endpoints.
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
   * @default - a security group of the stack that allows all outbound and no inbound traffic
   */
  readonly securityGroups?: readonly ISecurityGroup[];
  /**
   * Destinations that the stack's security group allows, such as `{ cidr: "10.0.0.0/16", port: 443 }`. The proxy must reach MCP servers,
   * SSM and KMS. No effect with `securityGroups`.
   * @default - all destinations
   */
  readonly egress?: readonly EgressRule[];
  /**
   * Symmetric KMS key for the log groups, the functions' environment and the session secrets. The functions may decrypt with it, so that
   * you can encrypt secrets of the configuration with it too. Its policy must allow CloudWatch Logs to use it: see
   * docs/deployment.md.
   * @default - AWS owned and AWS managed keys
   */
  readonly encryptionKey?: IKey;
  /** Settings of the function that checks access tokens. */
  readonly authorizer?: FunctionOptions;
  /** Settings of the function that forwards requests to MCP servers. */
  readonly proxy?: FunctionOptions;
  /** Settings of the function that serves the combined endpoint; it exists if the configuration has `combined`. */
  readonly combined?: FunctionOptions;
  /** Settings of the function that serves OAuth metadata. */
  readonly metadata?: FunctionOptions;
  /**
   * Whether the API and the functions are traced with X-Ray.
   * @default false
   */
  readonly tracing?: boolean;
  /**
   * Whether CloudWatch Contributor Insights shows the most frequent keys of the table of rate limits. DynamoDB charges for each
   * event. The table exists if the configuration has `rate_limits`, or if `externalConfig` says so.
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
   * Topic for notifications when an alarm starts and ends.
   * @default - none; alarms are only visible in CloudWatch
   */
  readonly alarmTopic?: ITopic;
  /**
   * Whether to set the account's role for API Gateway logs, without which no API of the account and Region can log. All APIs share
   * this setting, so the stack does not change it by default.
   * @default false
   */
  readonly cloudWatchRole?: boolean;
  /**
   * Where the generations in use are stored. `"account"`: in two CloudFormation parameters of the deployed stack, one for keys and one for
   * secrets, so that deploying an older version of the code keeps those in use. `"code"`: only in the two lists below, with any names.
   * @default "account"
   */
  readonly generationsKept?: "account" | "code";
  /**
   * Generations of the key that signs identity JWTs: the first signs, all are published. If they are stored in the account, a list here
   * must be that of the deployed stack, whose parameter `SigningKeyGenerations` changes it; another list fails the deployment.
   * @default - those of the deployed stack; ["1"] for a new stack
   */
  readonly signingKeys?: readonly string[];
  /**
   * Keys outside the stack that stay published, for example those of an earlier stack.
   * @default - none
   */
  readonly formerSigningKeys?: readonly IKey[];
  /**
   * Generations of the secret that seals session identifiers: the first seals, all open. Stored like `signingKeys`, in the
   * parameter `SessionGenerations`.
   * @default - those of the deployed stack; ["1"] for a new stack
   */
  readonly sessionSecrets?: readonly string[];
  /**
   * SSM names of secrets outside the stack that still open session identifiers.
   * @default - none
   */
  readonly formerSessionSecrets?: readonly string[];
}
