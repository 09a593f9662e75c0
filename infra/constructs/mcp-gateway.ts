// The whole gateway as one construct: API, authorizer, proxy, metadata, signing keys, error answers and configuration
// parameters, dashboard and alarms, and, where asked for, domain, web ACL and network. It can stand in any stack of any CDK app.
import { Annotations, Duration, Tags, Token } from "aws-cdk-lib";
import { IdentitySource, RequestAuthorizer } from "aws-cdk-lib/aws-apigateway";
import { Key } from "aws-cdk-lib/aws-kms";
import { APIGATEWAY_AUTHORIZER_CHANGE_DEPLOYMENT_LOGICAL_ID } from "aws-cdk-lib/cx-api";
import { Construct } from "constructs";
import { challengedDocument, metadataUrlOf } from "../../functions/core/challenge.ts";
import { ROOT_DOCUMENT_NOTE } from "../challenge-settings.ts";
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
import { checkGatewayName, DEFAULT_GATEWAY_NAME, gatewayNames } from "../gateway-names.ts";
import { checkStageName, stageLifetime } from "../stage-lifetime.ts";
import { ConfigParameters } from "./config-parameters.ts";
import { CustomDomain } from "./custom-domain.ts";
import { joinNetwork } from "./function-network.ts";
import { GatewayApi } from "./gateway-api.ts";
import type { GatewayFunction } from "./gateway-function.ts";
import { addGatewayFunctions } from "./gateway-functions.ts";
import { GatewayResponses, type ResponseChallenge } from "./gateway-responses.ts";
import { addGatewayRoutes } from "./gateway-routes.ts";
import type { McpGatewayProps } from "./mcp-gateway-props.ts";
import { addMonitoring } from "./monitoring.ts";
import { SessionSecrets } from "./session-secrets.ts";
import { SigningKeys } from "./signing-keys.ts";
import { WebAcl } from "./web-acl.ts";

// Tags on dashboards are younger than the resource specifications that templates are checked against.
const UNTAGGED = ["AWS::CloudWatch::Dashboard"];

/** An MCP gateway in front of any number of MCP servers. */
export class McpGateway extends Construct {
  readonly api: GatewayApi;
  /** URL that clients use, without a trailing slash. */
  readonly publicUrl: string;
  readonly authorizer: GatewayFunction;
  readonly proxy: GatewayFunction;
  readonly metadata: GatewayFunction;
  readonly signingKeys: SigningKeys;
  readonly sessionSecrets: SessionSecrets;
  readonly domain: CustomDomain | undefined;

  /** @throws Error that lists every fault of the configuration, or says which setting cannot be */
  constructor(scope: Construct, id: string, props: McpGatewayProps) {
    super(scope, id);
    // Without this flag, which an app around the construct may not set, a changed authorizer would never be deployed.
    this.node.setContext(APIGATEWAY_AUTHORIZER_CHANGE_DEPLOYMENT_LOGICAL_ID, true);
    const { configSource, domain } = props;
    const stage = checkStageName(props.stage);
    const names = gatewayNames(checkGatewayName(props.name ?? DEFAULT_GATEWAY_NAME), stage);
    const settings = configSource
      ? deploySettings(configSource, names.configPrefix)
      : externalSettings(props.externalConfig, names.configPrefix);
    checkSecretNames(props.formerSessionSecrets ?? [], "formerSessionSecrets", names.configPrefix);
    const { logs, removalPolicy } = stageLifetime(props.protection ?? "production", props.logRetention);
    const tracing = props.tracing ?? false;
    const kept = (props.generationsKept ?? "account") === "account";
    const { encryptionKeyArn } = props;
    const encryptionKey =
      encryptionKeyArn === undefined ? undefined : Key.fromKeyArn(this, "EncryptionKey", encryptionKeyArn);
    this.node.addValidation({ validate: () => this.exampleFaults(props) });

    this.api = new GatewayApi(this, "Api", {
      names,
      stage,
      logs,
      encryptionKey,
      tracing,
      throttling: props.throttling ?? { requestsPerSecond: 100, burst: 200 },
      setAccountLogRole: props.setAccountLogRole ?? false,
      executeApiEndpoint: props.executeApiEndpoint ?? domain === undefined,
    });
    const { api } = this.api;
    this.domain = domain && new CustomDomain(this, "Domain", { ...domain, api });
    const domainUrl = domain && `https://${domain.domainName}`;
    this.publicUrl = props.publicUrl ?? settings.publicUrl ?? domainUrl ?? this.api.executeApiUrl;
    this.signingKeys = new SigningKeys(this, "SigningKeys", {
      removalPolicy,
      aliasName: names.signingKeyAlias,
      description: `${names.title}: signs identity JWTs`,
      kept,
      generations: props.signingKeys,
      formerKeyArns: props.formerSigningKeys ?? [],
    });
    this.sessionSecrets = new SessionSecrets(this, "SessionSecrets", {
      baseName: names.sessionSecret,
      description: `${names.title}: seals session identifiers`,
      kept,
      generations: props.sessionSecrets,
      formerParameters: props.formerSessionSecrets ?? [],
      encryptionKey,
    });
    const challenge = this.challenge(settings);
    const functions = addGatewayFunctions(this, {
      names,
      settings,
      logs,
      tracing,
      publicUrl: this.publicUrl,
      challengeMetadataUrl: challenge?.metadataUrl,
      signingKeys: this.signingKeys,
      reservedConcurrency: props.reservedConcurrency ?? {},
      sessionSecrets: this.sessionSecrets,
      encryptionKey,
    });
    this.authorizer = functions.authorizer;
    this.proxy = functions.proxy;
    this.metadata = functions.metadata;
    if (props.network) joinNetwork(this.proxy, props.network);

    addGatewayRoutes({
      api,
      proxy: this.proxy.function,
      metadata: this.metadata.function,
      streamTimeout: Duration.minutes(15),
      authorizer: new RequestAuthorizer(this, "RequestAuthorizer", {
        handler: this.authorizer.function,
        // They are the cache key too: with the path in it, an Allow for one server can never answer for another.
        identitySources: [IdentitySource.header(settings.headerKey), IdentitySource.context("path")],
        resultsCacheTtl: Duration.seconds(
          authorizerCacheSeconds(props.authorizerCacheTtl?.toSeconds(), settings.introspectCacheSeconds),
        ),
      }),
    });
    const { allowedOrigins, headerKey } = settings;
    const { publicUrl } = this;
    new GatewayResponses(this, "Responses", { api, publicUrl, challenge, allowedOrigins, headerKey });
    if (props.webAcl) new WebAcl(this, "WebAcl", { ...props.webAcl, api, headerKey, name: names.gateway });
    if (configSource) {
      const retain = props.retainConfig ?? false;
      new ConfigParameters(this, "Config", { prefix: names.configPrefix, source: configSource, retain });
    }
    addMonitoring(this, { ...functions, names, api, settings: props.monitoring ?? {} });
    for (const [name, value] of Object.entries({ ...props.tags, "mcp-gateway": names.gateway })) {
      Tags.of(this).add(name, value, { excludeResourceTypes: UNTAGGED });
    }
  }

  /** Ids and hosts that only stand for the reader's own, unless all of it is one of the repository's examples. */
  private exampleFaults({ configSource, domain, publicUrl }: McpGatewayProps): string[] {
    if (this.node.tryGetContext(EXAMPLES_ALLOWED_CONTEXT) === true) return [];
    if (configSource !== undefined && isUntouchedExample(configSource)) return [];
    const hosts = [domain?.domainName, publicUrl].flatMap((host) =>
      host === undefined || Token.isUnresolved(host) ? [] : (exampleHostIn(host) ?? []),
    );
    return [
      ...hosts.map((host) => `${host} is an example. Give your own host.`),
      ...(configSource === undefined ? [] : exampleFaults(configSource)),
    ];
  }

  /** What the challenge names; the construct says at synthesis where strict clients can't follow it. */
  private challenge({ challenge, scopesSupported }: DeploySettings): ResponseChallenge | undefined {
    const { publicUrl } = this;
    const names = challenge.servers?.map(({ name }) => name);
    const document = challengedDocument({ ...challenge, servers: names, publicUrl });
    if (document === "none") return undefined;
    if (document === "root") {
      Annotations.of(this).addInfoV2("mcp-gateway:rootMetadataInChallenge", ROOT_DOCUMENT_NOTE);
      return { metadataUrl: metadataUrlOf(publicUrl, ""), scopes: scopesSupported };
    }
    const only = challenge.servers?.find(({ name }) => name === document.server);
    return { metadataUrl: metadataUrlOf(publicUrl, document.server), scopes: only?.scopes ?? [] };
  }
}
