// The gateway as one construct: API, authorizer, proxy, metadata, signing keys, error responses, configuration parameters, dashboard and
// alarms; optionally domain, web ACL and VPC. It can be part of any stack.
import { Annotations, type CfnParameter, Duration, Tags, Token } from "aws-cdk-lib";
import { IdentitySource, RequestAuthorizer, type RestApi } from "aws-cdk-lib/aws-apigateway";
import type { Distribution } from "aws-cdk-lib/aws-cloudfront";
import type { Alarm, Dashboard, Metric, MetricOptions } from "aws-cdk-lib/aws-cloudwatch";
import type { ITable } from "aws-cdk-lib/aws-dynamodb";
import type { Grant, IGrantable } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { LogGroup } from "aws-cdk-lib/aws-logs";
import { APIGATEWAY_AUTHORIZER_CHANGE_DEPLOYMENT_LOGICAL_ID } from "aws-cdk-lib/cx-api";
import { Construct } from "constructs";
import { metadataUrlOf } from "../../functions/core/challenge.ts";
import { COMBINED } from "../../functions/core/config/combined-endpoint.ts";
import { challengeChoice } from "../challenge-settings.ts";
import {
  authorizerCacheSeconds,
  checkSecretNames,
  type DeploySettings,
  deploySettings,
  externalSettings,
} from "../deploy-settings.ts";
import {
  EXAMPLES_ALLOWED_CONTEXT,
  exampleFaults,
  exampleHostIn,
  isUntouchedExample,
} from "../example-values.ts";
import { checkGatewayName, DEFAULT_GATEWAY_NAME, type GatewayNames, gatewayNames } from "../gateway-names.ts";
import { checkStageName, stageLifetime } from "../stage-lifetime.ts";
import { grantConfigRead } from "./config-access.ts";
import { ConfigParameters } from "./config-parameters.ts";
import { addFrontDoor } from "./front-door.ts";
import { addGatewayFunctions } from "./gateway-functions.ts";
import { GatewayMetrics } from "./gateway-metrics.ts";
import { GatewayResponses, type ResponseChallenge } from "./gateway-responses.ts";
import { addGatewayRoutes } from "./gateway-routes.ts";
import type { McpGatewayProps } from "./mcp-gateway-props.ts";
import { addMonitoring } from "./monitoring.ts";
import { RateLimitTable } from "./rate-limit-table.ts";
import { SessionSecrets } from "./session-secrets.ts";
import { SigningKeys } from "./signing-keys.ts";
import { WebAcl } from "./web-acl.ts";

// The resource specifications that validate templates do not support tags on dashboards yet.
const UNTAGGED = ["AWS::CloudWatch::Dashboard"];

/** Adds tags to all resources of a gateway that support them. */
export function tagGateway(gateway: McpGateway, tags: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(tags)) {
    Tags.of(gateway).add(name, value, { excludeResourceTypes: UNTAGGED });
  }
}

/** An MCP gateway in front of any number of MCP servers. */
export class McpGateway extends Construct {
  /** The API. */
  readonly restApi: RestApi;
  /** URL that clients use, without a slash at the end. */
  readonly publicUrl: string;
  /** The API's own URL with its stage; undefined if it is disabled, or with `edge`. */
  readonly executeApiUrl: string | undefined;
  /** CloudFront in front of the API; undefined without `edge`. */
  readonly distribution: Distribution | undefined;
  /** Host name that the DNS records of the domain must point to; undefined without a domain. */
  readonly domainTarget: string | undefined;
  /** The function that checks access tokens. */
  readonly authorizerFunction: LambdaFunction;
  /** The function that forwards requests to MCP servers. In a VPC it has `connections`. */
  readonly proxyFunction: LambdaFunction;
  /** The function that serves the combined endpoint. In a VPC it has `connections`. Undefined without a combined endpoint. */
  readonly combinedFunction: LambdaFunction | undefined;
  /** The function that serves OAuth metadata. */
  readonly metadataFunction: LambdaFunction;
  /** The key of the first generation, which signs identity JWTs in a new stack. */
  readonly signingKey: IKey;
  /** Undefined if it is switched off. */
  readonly dashboard: Dashboard | undefined;
  /** Empty if they are switched off. */
  readonly alarms: readonly Alarm[];
  /** Log group of the API's access log. */
  readonly accessLogGroup: LogGroup;
  /** Parameter of the stack with the generations of the signing key in use; undefined with `generationsKept: "code"`. */
  readonly signingKeyGenerations: CfnParameter | undefined;
  /** The same for the secret that seals session identifiers. */
  readonly sessionGenerations: CfnParameter | undefined;
  /** SSM path of the configuration, without a slash at the end. */
  readonly configPrefix: string;
  /** The table of rate limits; undefined if none is configured. */
  readonly rateLimitTable: ITable | undefined;

  readonly #signingKeys: SigningKeys;
  readonly #metrics: GatewayMetrics;

  /** @throws Error that lists every error in the configuration, or names an invalid property */
  constructor(scope: Construct, id: string, props: McpGatewayProps) {
    super(scope, id);
    // Without this flag, which the CDK app may not set, a changed authorizer would never be deployed.
    this.node.setContext(APIGATEWAY_AUTHORIZER_CHANGE_DEPLOYMENT_LOGICAL_ID, true);
    const { config, encryptionKey } = props;
    const stage = checkStageName(props.stage);
    const names = namesOf(props, stage);
    const settings = config.source
      ? deploySettings(config.source, names.configPrefix)
      : externalSettings(config.known, names.configPrefix);
    checkSecretNames(props.formerSessionSecrets ?? [], "formerSessionSecrets", names.configPrefix);
    const { logs, removalPolicy } = stageLifetime(props.protection ?? "production", props.logRetention);
    const tracing = props.tracing ?? false;
    const kept = (props.generationsKept ?? "account") === "account";
    this.configPrefix = names.configPrefix;
    this.node.addValidation({ validate: () => this.exampleFaults(props) });

    const { api, ...front } = addFrontDoor(this, { ...props, stage }, { names, settings, logs });
    const { api: restApi } = api;
    this.restApi = restApi;
    this.accessLogGroup = api.accessLog;
    this.publicUrl = front.publicUrl;
    this.executeApiUrl = front.executeApiUrl;
    this.distribution = front.distribution;
    this.domainTarget = front.domainTarget;
    this.#signingKeys = new SigningKeys(this, "SigningKeys", {
      removalPolicy,
      aliasName: names.signingKeyAlias,
      description: `${names.title}: signs identity JWTs`,
      kept,
      generations: props.signingKeys,
      formerKeys: props.formerSigningKeys ?? [],
    });
    this.signingKey = this.#signingKeys.keys[0] as IKey;
    this.signingKeyGenerations = this.#signingKeys.inUse?.parameter;
    const sessionSecrets = new SessionSecrets(this, "SessionSecrets", {
      baseName: names.sessionSecret,
      description: `${names.title}: seals session identifiers`,
      kept,
      generations: props.sessionSecrets,
      formerParameters: props.formerSessionSecrets ?? [],
      encryptionKey,
    });
    this.sessionGenerations = sessionSecrets.inUse?.parameter;
    const rateLimits = settings.hasRateLimits
      ? new RateLimitTable(this, "RateLimits", {
          nameParameter: names.rateLimitTableParameter,
          description: names.title,
          removalPolicy,
          contributorInsights: props.rateLimitInsights ?? false,
          encryptionKey,
        })
      : undefined;
    this.rateLimitTable = rateLimits?.table;
    const challenge = this.challenge(settings);
    const { vpc, vpcSubnets, securityGroups, egress } = props;
    const authorizerCache = Duration.seconds(
      authorizerCacheSeconds(props.authorizerCacheTtl?.toSeconds(), settings.introspectCacheSeconds),
    );
    const functions = addGatewayFunctions(this, {
      names,
      settings,
      logs,
      tracing,
      publicUrl: this.publicUrl,
      challengeMetadataUrl: challenge?.metadataUrl,
      signingKeys: this.#signingKeys,
      options: {
        authorizer: props.authorizer,
        proxy: props.proxy,
        combined: props.combined,
        metadata: props.metadata,
      },
      authorizerCache,
      network: vpc && { vpc, vpcSubnets, securityGroups, egress },
      sessionSecrets,
      encryptionKey,
      rateLimits,
    });
    this.authorizerFunction = functions.authorizer.function;
    this.proxyFunction = functions.proxy.function;
    this.combinedFunction = functions.combined?.function;
    this.metadataFunction = functions.metadata.function;

    addGatewayRoutes({
      api: restApi,
      proxy: this.proxyFunction,
      combined: this.combinedFunction,
      metadata: this.metadataFunction,
      streamTimeout: Duration.minutes(15),
      authorizer: new RequestAuthorizer(this, "RequestAuthorizer", {
        handler: this.authorizerFunction,
        // These are also the cache key, which contains the path so that an Allow for one server is never used for another.
        identitySources: [IdentitySource.header(settings.headerKey), IdentitySource.context("path")],
        resultsCacheTtl: authorizerCache,
      }),
    });
    const { allowedOrigins, headerKey } = settings;
    const { publicUrl } = this;
    new GatewayResponses(this, "Responses", {
      api: restApi,
      publicUrl,
      challenge,
      allowedOrigins,
      headerKey,
    });
    const { webAcl } = props;
    if (webAcl && !props.edge)
      new WebAcl(this, "WebAcl", { webAcl, api: restApi, headerKey, name: names.gateway });
    if (config.source) {
      const { source, retain } = config;
      new ConfigParameters(this, "Config", { prefix: names.configPrefix, source, retain });
    }
    this.#metrics = new GatewayMetrics({
      configPrefix: names.configPrefix,
      api: restApi,
      authorizer: this.authorizerFunction,
      proxy: this.proxyFunction,
      combined: this.combinedFunction,
      metadata: this.metadataFunction,
    });
    const { alarms, dashboard } = addMonitoring(this, {
      ...functions,
      names,
      metrics: this.#metrics,
      hasDashboard: props.dashboard ?? true,
      hasAlarms: props.alarms ?? true,
      alarmTopic: props.alarmTopic,
      hasRateLimits: settings.hasRateLimits,
      hasPins: settings.hasPins,
    });
    this.alarms = alarms;
    this.dashboard = dashboard;
    tagGateway(this, { "mcp-gateway": names.gateway });
  }

  /** Lets a grantee read the configuration from Parameter Store, as `explain --prefix` and `config diff` do. */
  grantReadConfig(grantee: IGrantable): Grant {
    return grantConfigRead(grantee, this.configPrefix, this);
  }

  /**
   * Lets another role or user of the account sign with the gateway's keys. MCP servers trust what is signed with them.
   *
   * @throws Error for a grantee without an ARN, such as a service
   */
  grantSign(grantee: IGrantable): Grant {
    return this.#signingKeys.grantSign(grantee);
  }

  /** Requests that reached the proxy. @default - sum over 5 minutes */
  metricRequests(props?: MetricOptions): Metric {
    return this.#metrics.request("Requests", "Sum").with({ ...props });
  }

  /** Requests that a rule denied. @default - sum over 5 minutes */
  metricDenied(props?: MetricOptions): Metric {
    return this.#metrics.request("Denials", "Sum").with({ ...props });
  }

  /** Requests that failed at an MCP server, timed out or were truncated. @default - sum over 5 minutes */
  metricUpstreamErrors(props?: MetricOptions): Metric {
    return this.#metrics.request("DownstreamErrors", "Sum").with({ ...props });
  }

  /** Milliseconds until an MCP server's response headers. @default - 95th percentile over 5 minutes */
  metricUpstreamLatency(props?: MetricOptions): Metric {
    return this.#metrics.request("DownstreamMs", "p95").with({ ...props });
  }

  /** Finds example ids and hosts, unless the whole configuration is one of the repository's examples. */
  private exampleFaults({ config, domainName, publicUrl }: McpGatewayProps): string[] {
    const { source } = config;
    if (this.node.tryGetContext(EXAMPLES_ALLOWED_CONTEXT) === true) return [];
    if (source !== undefined && isUntouchedExample(source)) return [];
    const hosts = [domainName, publicUrl].flatMap((host) =>
      host === undefined || Token.isUnresolved(host) ? [] : (exampleHostIn(host) ?? []),
    );
    return [
      ...hosts.map((host) => `${host} is an example. Set your own host.`),
      ...(source === undefined ? [] : exampleFaults(source)),
    ];
  }

  /** What the challenge names; the synthesis warns if strict clients cannot use it. */
  private challenge({ challenge, scopesSupported }: DeploySettings): ResponseChallenge | undefined {
    const { publicUrl } = this;
    const { document, note } = challengeChoice(challenge, publicUrl);
    if (document === "none") return undefined;
    if (note !== undefined)
      Annotations.of(this).addInfoV2(`mcp-gateway:${document}MetadataInChallenge`, note);
    if (document === "root") return { metadataUrl: metadataUrlOf(publicUrl, ""), scopes: scopesSupported };
    if (document === "combined") {
      return { metadataUrl: metadataUrlOf(publicUrl, COMBINED), scopes: challenge.combinedScopes ?? [] };
    }
    const only = challenge.servers?.find(({ name }) => name === document.server);
    return { metadataUrl: metadataUrlOf(publicUrl, document.server), scopes: only?.scopes ?? [] };
  }
}

function namesOf({ name, config }: McpGatewayProps, stage: string): GatewayNames {
  const names = gatewayNames(checkGatewayName(name ?? DEFAULT_GATEWAY_NAME), stage);
  return { ...names, configPrefix: config.prefix ?? names.configPrefix };
}
