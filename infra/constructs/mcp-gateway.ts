// The whole gateway as one construct: API, authorizer, proxy, metadata, error answers and configuration parameters.
import { Duration } from "aws-cdk-lib";
import { IdentitySource, RequestAuthorizer } from "aws-cdk-lib/aws-apigateway";
import { Construct } from "constructs";
import type { ConfigSource } from "../config-source.ts";
import type { DeploySettings } from "../deploy-settings.ts";
import { logLifetime } from "../stage-lifetime.ts";
import { grantConfigRead, grantSecretRead } from "./config-access.ts";
import { ConfigParameters } from "./config-parameters.ts";
import { GatewayApi, type Throttling } from "./gateway-api.ts";
import { GatewayFunction } from "./gateway-function.ts";
import { GatewayResponses } from "./gateway-responses.ts";
import { addGatewayRoutes } from "./gateway-routes.ts";

/** Settings of a gateway. */
export interface McpGatewayProps {
  /** Names the API's stage and the parameters' prefix; `prod` and `prod-…` keep logs longer. */
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
}

/** An MCP gateway in front of any number of MCP servers. */
export class McpGateway extends Construct {
  readonly api: GatewayApi;
  /** URL that clients use, without a trailing slash. */
  readonly publicUrl: string;
  readonly authorizer: GatewayFunction;
  readonly proxy: GatewayFunction;
  readonly metadata: GatewayFunction;

  constructor(scope: Construct, id: string, props: McpGatewayProps) {
    super(scope, id);
    const { stage, settings, configSource } = props;
    const logs = logLifetime(stage);
    const configPrefix = `/mcp-gateway/${stage}`;

    this.api = new GatewayApi(this, "Api", {
      stage,
      logs,
      throttling: props.throttling ?? { requestsPerSecond: 100, burst: 200 },
      setAccountLogRole: props.setAccountLogRole ?? true,
    });
    this.publicUrl = props.publicUrl ?? settings.publicUrl ?? this.api.executeApiUrl;

    const environment = { CONFIG_PREFIX: configPrefix, PUBLIC_URL: this.publicUrl };
    this.authorizer = new GatewayFunction(this, "Authorizer", {
      entryName: "authorizer",
      description: `MCP gateway (${stage}): checks access tokens`,
      environment,
      logs,
      memoryMb: 512,
      timeout: Duration.seconds(15),
    });
    this.proxy = new GatewayFunction(this, "Proxy", {
      entryName: "proxy",
      description: `MCP gateway (${stage}): forwards to MCP servers`,
      environment,
      logs,
      memoryMb: 512,
      timeout: Duration.minutes(15),
    });
    this.metadata = new GatewayFunction(this, "Metadata", {
      entryName: "metadata",
      description: `MCP gateway (${stage}): OAuth metadata and CORS`,
      environment,
      logs,
      memoryMb: 256,
      timeout: Duration.seconds(15),
    });
    for (const { role } of [this.authorizer, this.proxy, this.metadata]) grantConfigRead(role, configPrefix);
    grantSecretRead(this.authorizer.role, settings.authorizerSecrets);
    grantSecretRead(this.proxy.role, settings.proxySecrets);

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
    if (configSource) new ConfigParameters(this, "Config", { prefix: configPrefix, source: configSource });
  }
}
