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
  /** Names the API's stage and ends the parameters' prefix. It decides nothing else. */
  readonly stage: string;
  /**
   * What happens to log groups and signing keys that leave the stack, or whose stack is deleted: `"production"` retains them,
   * `"disposable"` deletes them. It decides how long logs are kept too, unless `logRetention` does.
   * @default "production"
   */
  readonly protection?: Protection;
  /**
   * Begins the names of all resources: gateways with different names can share an account and Region.
   * @default "mcp-gateway"
   */
  readonly name?: string;
  /**
   * Configuration to put into SSM parameters.
   * @default - the parameters are made and kept by somebody else; see `externalConfig`
   */
  readonly configSource?: ConfigSource;
  /**
   * Whether the parameters of `configSource` stay in Parameter Store when they leave the stack or the stack is deleted. Meant for
   * the deployment before the one that hands them over to `externalConfig`: a removed server's parameter stays as well, and
   * is served until it is deleted.
   * @default false
   */
  readonly retainConfig?: boolean;
  /**
   * What the stack has to know of a configuration that is not its own. Without effect where there is a `configSource`.
   * @default - no allowed origins, no advertised scopes, no secrets, token in `Authorization`
   */
  readonly externalConfig?: ExternalConfig;
  /**
   * URL that clients use, without a trailing slash.
   * @default - the configured `public_url`, else the custom domain, else the API's own URL
   */
  readonly publicUrl?: string;
  /**
   * A host name of one's own.
   * @default - none; clients use the API's own URL, with the stage in its path
   */
  readonly domain?: DomainSettings;
  /** CloudFront in front of the API. @default - none */
  readonly edge?: "cloudfront";
  /**
   * Whether the API answers under its own `execute-api` URL too.
   * @default - not where there is a custom domain
   */
  readonly executeApiEndpoint?: boolean;
  /**
   * How long API Gateway reuses an authorizer answer for one token and path: 0 to 3600 seconds.
   *
   * Within that time a revoked token, a changed claim rule and a rotated JWKS key go unnoticed for tokens already seen;
   * expiry does not, since the proxy checks it on every request. Without reuse (0) every request waits for the authorizer
   * function (some milliseconds when warm) and pays for its run. Denials are reused too: a user who was just given access
   * with the same token waits as long. Where the configuration introspects tokens, it can't be longer than the smallest
   * `introspectCacheMaxAge`.
   * @default - 300 seconds, or the smallest `introspectCacheMaxAge` if that is less
   */
  readonly authorizerCacheTtl?: Duration;
  /** @default - 100 requests a second, bursts of 200 */
  readonly throttling?: Throttling;
  /** Executions set apart for one function each, and its limit at the same time: one cannot starve the other. */
  readonly reservedConcurrency?: ReservedConcurrency;
  /**
   * A web ACL in front of the API. It costs money when idle too.
   * @default - none
   */
  readonly webAcl?: WebAclSettings;
  /**
   * VPC for the proxy, for MCP servers without a public address.
   * @default - none; the proxy reaches public addresses only
   */
  readonly network?: NetworkSettings;
  /**
   * Whether requests are traced with X-Ray.
   * @default false
   */
  readonly tracing?: boolean;
  /**
   * Whether CloudWatch Contributor Insights shows the keys of the table of rate limits that are counted most.
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
   * @default - keys of AWS
   */
  readonly encryptionKeyArn?: string;
  /**
   * Tags of everything in the gateway that can have tags, besides `mcp-gateway` with its name and stage.
   * @default - none
   */
  readonly tags?: Readonly<Record<string, string>>;
  /**
   * Whether to set the account's role for API Gateway logs, without which no API of the account and Region can log. It is one
   * setting for all of them, so the stack leaves it alone unless asked.
   * @default false
   */
  readonly setAccountLogRole?: boolean;
  /**
   * Where the generations in use are kept. `"account"`: in a parameter of the deployed stack for keys and one for secrets, so
   * that deploying an older version of the code goes on with those in use. `"code"`: in the two lists below alone, with names
   * of any kind.
   * @default "account"
   */
  readonly generationsKept?: "account" | "code";
  /**
   * Generations of the key that signs identity JWTs: the first signs, all are published. Kept in the account, a list given here must be
   * that of the deployed stack, whose parameter `SigningKeyGenerations` changes it; another fails the deployment. See docs/operations.md for a rotation.
   * @default - what the deployed stack has, at first ["1"]
   */
  readonly signingKeys?: readonly string[];
  /**
   * ARNs of KMS keys outside the stack that stay published, where the stack before this one signed with them.
   * @default - none
   */
  readonly formerSigningKeys?: readonly string[];
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

/** What CloudWatch shows of a gateway, and whom it tells. The queries saved for its logs cost nothing and are always there. */
export interface MonitoringSettings {
  /**
   * A dashboard, which has a monthly price.
   * @default true
   */
  readonly dashboard?: boolean;
  /**
   * Alarms, of which each has a monthly price.
   * @default true
   */
  readonly alarms?: boolean;
  /**
   * ARN of an SNS topic that is told when an alarm begins and when it ends.
   * @default - none; alarms only show in CloudWatch
   */
  readonly alarmTopicArn?: string;
}

/** Reserved concurrent executions by function. */
export interface ReservedConcurrency {
  /** @default - none; the account's pool */
  readonly authorizer?: number;
  /**
   * Each open stream holds one.
   * @default - none; the account's pool
   */
  readonly proxy?: number;
}

/** A host name and what proves and resolves it. */
export interface DomainSettings {
  readonly domainName: string;
  /** ARN of an issued ACM certificate for it. */
  readonly certificateArn: string;
  /** Route 53 zone for the address records. @default - none */
  readonly hostedZone?: { readonly hostedZoneId: string; readonly zoneName: string };
}

/** Where in the network the proxy runs. */
export interface NetworkSettings {
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  /** @default - one of the stack's own */
  readonly securityGroupIds?: readonly string[];
  /** Where the stack's own security group lets the proxy connect to. @default - everywhere */
  readonly egress?: readonly EgressRule[];
}

/** Requests that the API as a whole allows, in API Gateway's token bucket. */
export interface Throttling {
  readonly requestsPerSecond: number;
  readonly burst: number;
}
