// The settings of a gateway as the command line and the local run have them: plain values. gateway-props.ts makes the construct's
// properties of them.
import type { Duration } from "aws-cdk-lib";
import type { RetentionDays } from "aws-cdk-lib/aws-logs";
import type { ConfigSource } from "./config-source.ts";
import type { EgressRule } from "./constructs/function-network.ts";
import type { WebAclSettings } from "./constructs/web-acl.ts";
import type { ExternalConfig } from "./deploy-settings.ts";
import type { Protection } from "./stage-lifetime.ts";

/** Settings of a gateway. */
export interface GatewaySettings {
  /** Name of the API's stage and end of the configuration's SSM path. It has no other effect. */
  readonly stage: string;
  /**
   * What happens to log groups and signing keys that are removed from the stack, or whose stack is deleted: `"production"` retains
   * them, `"disposable"` deletes them. It also determines the default of `logRetention`.
   * @default "production"
   */
  readonly protection?: Protection;
  /**
   * Start of the names of all resources: gateways with different names can share an account and Region.
   * @default "mcp-gateway"
   */
  readonly name?: string;
  /**
   * Configuration to write to SSM parameters.
   * @default - the stack does not manage the parameters; see `externalConfig`
   */
  readonly configSource?: ConfigSource;
  /**
   * Whether the parameters of `configSource` are retained when they are removed from the stack or the stack is deleted. Intended for the
   * deployment before the change to `externalConfig`: the parameter of a removed server is retained too, and the server is served until
   * you delete it.
   * @default false
   */
  readonly retainConfig?: boolean;
  /**
   * What the stack must know about a configuration that it does not manage. No effect with `configSource`.
   * @default - no allowed origins, no advertised scopes, no secrets, token in `Authorization`
   */
  readonly externalConfig?: ExternalConfig;
  /**
   * URL that clients use, without a trailing slash.
   * @default - the configured `public_url`, else the custom domain, else the API's own URL
   */
  readonly publicUrl?: string;
  /**
   * A custom domain.
   * @default - none; clients use the API's own URL, with the stage in its path
   */
  readonly domain?: DomainSettings;
  /** CloudFront in front of the API. @default - none */
  readonly edge?: "cloudfront";
  /**
   * Whether the API's `execute-api` URL is enabled.
   * @default - true, or false with a custom domain
   */
  readonly executeApiEndpoint?: boolean;
  /**
   * How long API Gateway caches the authorizer's result for one token and path: 0 to 3600 seconds.
   *
   * During that time a revoked token, a changed claim rule or a rotated JWKS key has no effect on cached tokens. Expiry does, because the
   * proxy checks it on every request. With 0, every request waits for the authorizer function (some milliseconds when warm) and pays for
   * it. Denials are cached too: a user who was just granted access with the same token waits as long. If the configuration introspects
   * tokens, the value cannot exceed the smallest `introspectCacheMaxAge`.
   * @default - 300 seconds, or the smallest `introspectCacheMaxAge` if that is less
   */
  readonly authorizerCacheTtl?: Duration;
  /** @default - 100 requests a second, bursts of 200 */
  readonly throttling?: Throttling;
  /** Reserved concurrency of each function, which is also its limit, so that one function cannot starve another. */
  readonly reservedConcurrency?: ReservedConcurrency;
  /**
   * A web ACL in front of the API. It has a monthly price, even without requests.
   * @default - none
   */
  readonly webAcl?: WebAclSettings;
  /**
   * VPC for the proxy and the combined endpoint, for MCP servers without a public address.
   * @default - none; the proxy reaches public addresses only
   */
  readonly network?: NetworkSettings;
  /**
   * Whether requests are traced with X-Ray.
   * @default false
   */
  readonly tracing?: boolean;
  /**
   * Whether CloudWatch Contributor Insights shows the most frequent keys of the table of rate limits.
   * @default false
   */
  readonly rateLimitInsights?: boolean;
  /** Dashboard and alarms. */
  readonly monitoring?: MonitoringSettings;
  /**
   * How long all logs are kept.
   * @default - one year with `protection: "production"`, two weeks with `"disposable"`
   */
  readonly logRetention?: RetentionDays;
  /**
   * ARN of a symmetric KMS key for the log groups, the functions' environment and the session secrets.
   * @default - AWS owned and AWS managed keys
   */
  readonly encryptionKeyArn?: string;
  /**
   * Tags for all resources that support them, in addition to `mcp-gateway` with the gateway's name and stage.
   * @default - none
   */
  readonly tags?: Readonly<Record<string, string>>;
  /**
   * Whether to set the account's role for API Gateway logs, without which no API of the account and Region can log. All APIs share
   * this setting, so the stack does not change it by default.
   * @default false
   */
  readonly setAccountLogRole?: boolean;
  /**
   * Where the generations in use are stored. `"account"`: in two parameters of the deployed stack, one for keys and one for secrets, so
   * that deploying an older version of the code keeps those in use. `"code"`: only in the two lists below, with any names.
   * @default "account"
   */
  readonly generationsKept?: "account" | "code";
  /**
   * Generations of the key that signs identity JWTs: the first signs, all are published. If they are stored in the account, a list here
   * must be that of the deployed stack, whose parameter `SigningKeyGenerations` changes it; another list fails the deployment. See
   * docs/operations.md for a rotation.
   * @default - those of the deployed stack; ["1"] for a new stack
   */
  readonly signingKeys?: readonly string[];
  /**
   * ARNs of KMS keys outside the stack that stay published, for example those of an earlier stack.
   * @default - none
   */
  readonly formerSigningKeys?: readonly string[];
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

/** Dashboard, alarms and their topic. Saved queries always exist, because they are free. */
export interface MonitoringSettings {
  /**
   * A dashboard, which has a monthly price.
   * @default true
   */
  readonly dashboard?: boolean;
  /**
   * Alarms, each of which has a monthly price.
   * @default true
   */
  readonly alarms?: boolean;
  /**
   * ARN of an SNS topic for notifications when an alarm starts and ends.
   * @default - none; alarms are only visible in CloudWatch
   */
  readonly alarmTopicArn?: string;
}

/** Reserved concurrency by function. */
export interface ReservedConcurrency {
  /** @default - none; the account's pool */
  readonly authorizer?: number;
  /**
   * Each open stream needs one execution.
   * @default - none; the account's pool
   */
  readonly proxy?: number;
  /**
   * Each open stream needs one execution. No effect without a combined endpoint.
   * @default - none; the account's pool
   */
  readonly combined?: number;
}

/** A host name with its certificate and zone. */
export interface DomainSettings {
  readonly domainName: string;
  /** ARN of an issued ACM certificate for it. */
  readonly certificateArn: string;
  /** Route 53 zone for the address records. @default - none */
  readonly hostedZone?: { readonly hostedZoneId: string; readonly zoneName: string };
}

/** VPC settings of the proxy. */
export interface NetworkSettings {
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  /** @default - a security group of the stack */
  readonly securityGroupIds?: readonly string[];
  /** Destinations that the stack's security group allows. @default - all */
  readonly egress?: readonly EgressRule[];
}

/** Throttling of the whole API, in API Gateway's token bucket. */
export interface Throttling {
  readonly requestsPerSecond: number;
  readonly burst: number;
}
