// The whole gateway as one construct: API, authorizer, proxy, metadata, signing keys, error answers and
// configuration parameters.
import { Duration } from "aws-cdk-lib";
import { IdentitySource, RequestAuthorizer } from "aws-cdk-lib/aws-apigateway";
import { Construct } from "constructs";
import type { ConfigSource } from "../config-source.ts";
import type { DeploySettings } from "../deploy-settings.ts";
import { DEFAULT_GATEWAY_NAME, gatewayNames } from "../gateway-names.ts";
import { logLifetime } from "../stage-lifetime.ts";
import { ConfigParameters } from "./config-parameters.ts";
import { GatewayApi, type Throttling } from "./gateway-api.ts";
import type { GatewayFunction } from "./gateway-function.ts";
import { addGatewayFunctions } from "./gateway-functions.ts";
import { GatewayResponses } from "./gateway-responses.ts";
import { addGatewayRoutes } from "./gateway-routes.ts";
import { SessionSecrets } from "./session-secrets.ts";
import { SigningKeys } from "./signing-keys.ts";

/** Settings of a gateway. */
export interface McpGatewayProps {
  /**
   * Begins the names of all resources: gateways with different names can share an account and Region.
   * @default "mcp-gateway"
   */
  readonly name?: string;
  /** Names the API's stage and ends the parameters' prefix; `prod` and `prod-…` keep logs longer, and the signing keys. */
  readonly stage: string;
  /** What the stack takes from the configuration. */
  readonly settings: DeploySettings;
  /**
   * Configuration to put into SSM parameters.
   * @default - the parameters are made and kept by somebody else
   */
  readonly configSource?: ConfigSource;
  /**
   * URL that clients use, without a trailing slash.
   * @default - the configured `public_url`, else the API's own URL
   */
  readonly publicUrl?: string;
  /**
   * How long API Gateway reuses an authorizer answer for one token and path. A revoked token works that much longer.
   * @default Duration.seconds(300)
   */
  readonly authorizerCacheTtl?: Duration;
  /** @default - 100 requests a second, bursts of 200 */
  readonly throttling?: Throttling;
  /**
   * Whether to set the account's role for API Gateway logs, without which no API can log. All APIs of the Region share it.
   * @default true
   */
  readonly setAccountLogRole?: boolean;
  /**
   * Generations of the key that signs identity JWTs: the first signs, all are published. See docs/operations.md for a rotation.
   * @default ["1"]
   */
  readonly signingKeys?: readonly string[];
  /**
   * ARNs of KMS keys outside the stack that stay published, where the stack before this one signed with them.
   * @default - none
   */
  readonly formerSigningKeys?: readonly string[];
  /**
   * Generations of the secret that seals session identifiers: the first seals, all open.
   * @default ["1"]
   */
  readonly sessionSecrets?: readonly string[];
  /**
   * SSM names of secrets outside the stack that still open session identifiers.
   * @default - none
   */
  readonly formerSessionSecrets?: readonly string[];
}

/** An MCP gateway in front of any number of MCP servers. */
export class McpGateway extends Construct {
  readonly api: GatewayApi;
  /** URL that clients use, without a trailing slash. */
  readonly publicUrl: string;
  readonly authorizer: GatewayFunction;
  readonly proxy: GatewayFunction;
  readonly metadata: GatewayFunction;
  readonly signingKeys: SigningKeys;

  constructor(scope: Construct, id: string, props: McpGatewayProps) {
    super(scope, id);
    const { stage, settings, configSource } = props;
    const names = gatewayNames(props.name ?? DEFAULT_GATEWAY_NAME, stage);
    const logs = logLifetime(stage);

    this.api = new GatewayApi(this, "Api", {
      names,
      stage,
      logs,
      throttling: props.throttling ?? { requestsPerSecond: 100, burst: 200 },
      setAccountLogRole: props.setAccountLogRole ?? true,
    });
    this.publicUrl = props.publicUrl ?? settings.publicUrl ?? this.api.executeApiUrl;
    this.signingKeys = new SigningKeys(this, "SigningKeys", {
      aliasName: names.signingKeyAlias,
      description: `${names.title}: signs identity JWTs`,
      generations: props.signingKeys ?? ["1"],
      formerKeyArns: props.formerSigningKeys ?? [],
      removalPolicy: logs.removalPolicy,
    });
    const sessionSecrets = new SessionSecrets(this, "SessionSecrets", {
      baseName: names.sessionSecret,
      description: `${names.title}: seals session identifiers`,
      generations: props.sessionSecrets ?? ["1"],
      formerParameters: props.formerSessionSecrets ?? [],
    });
    const { authorizer, proxy, metadata } = addGatewayFunctions(this, {
      names,
      settings,
      logs,
      sessionSecrets,
      publicUrl: this.publicUrl,
      signingKeys: this.signingKeys,
    });
    this.authorizer = authorizer;
    this.proxy = proxy;
    this.metadata = metadata;

    addGatewayRoutes({
      api: this.api.api,
      proxy: this.proxy.function,
      metadata: this.metadata.function,
      streamTimeout: Duration.minutes(15),
      authorizer: new RequestAuthorizer(this, "RequestAuthorizer", {
        handler: this.authorizer.function,
        // They are the cache key too: with the path in it, an Allow for one server can never answer for another.
        identitySources: [IdentitySource.header(settings.headerKey), IdentitySource.context("path")],
        resultsCacheTtl: props.authorizerCacheTtl ?? Duration.seconds(300),
      }),
    });
    new GatewayResponses(this, "Responses", {
      api: this.api.api,
      publicUrl: this.publicUrl,
      scopesSupported: settings.scopesSupported,
      allowedOrigins: settings.allowedOrigins,
      headerKey: settings.headerKey,
    });
    if (configSource)
      new ConfigParameters(this, "Config", { prefix: names.configPrefix, source: configSource });
  }
}
