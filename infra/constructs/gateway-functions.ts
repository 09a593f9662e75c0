// The gateway's functions and their permissions. The authorizer, which parses untrusted tokens, can neither sign nor read the
// session secrets.
import { Duration } from "aws-cdk-lib";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { Construct } from "constructs";
import type { DeploySettings } from "../deploy-settings.ts";
import type { GatewayNames } from "../gateway-names.ts";
import type { LogLifetime } from "../stage-lifetime.ts";
import { grantFunctionConfigRead, grantSecretRead } from "./config-access.ts";
import type { NetworkSettings } from "./function-network.ts";
import { type FunctionOptions, GatewayFunction } from "./gateway-function.ts";
import type { RateLimitTable } from "./rate-limit-table.ts";
import { skipScan } from "./scan-reasons.ts";
import type { SessionSecrets } from "./session-secrets.ts";
import type { SigningKeys } from "./signing-keys.ts";
import { grantUpstreams } from "./upstream-access.ts";

/** The settings and resources that the functions use. */
export interface GatewayFunctionsProps {
  readonly names: GatewayNames;
  readonly publicUrl: string;
  /** The metadata document that the challenge names, if any; the challenges of the proxy name the same. */
  readonly challengeMetadataUrl: string | undefined;
  readonly settings: DeploySettings;
  readonly logs: LogLifetime;
  readonly tracing: boolean;
  readonly options: Partial<Record<keyof GatewayFunctions, FunctionOptions | undefined>>;
  /** How long API Gateway caches the authorizer's results; 0: not at all. */
  readonly authorizerCache: Duration;
  /** VPC of the functions that call MCP servers. The others need none. */
  readonly network: NetworkSettings | undefined;
  readonly signingKeys: SigningKeys;
  readonly sessionSecrets: SessionSecrets;
  readonly encryptionKey: IKey | undefined;
  /** Undefined if no limit is configured. */
  readonly rateLimits: RateLimitTable | undefined;
}

/** The functions. */
export type GatewayFunctions = {
  readonly authorizer: GatewayFunction;
  readonly proxy: GatewayFunction;
  /** Undefined without a combined endpoint. */
  readonly combined: GatewayFunction | undefined;
  readonly metadata: GatewayFunction;
};

/** Adds the functions to a scope and grants each one its permissions. */
export function addGatewayFunctions(scope: Construct, props: GatewayFunctionsProps): GatewayFunctions {
  const { names, settings, signingKeys, sessionSecrets, options, rateLimits } = props;
  const { logs, tracing, encryptionKey } = props;
  const common = { logs, tracing, encryptionKey };
  const environment = { CONFIG_PREFIX: names.configPrefix, PUBLIC_URL: props.publicUrl };
  const keys = { SIGNING_KEY_ARNS: signingKeys.arnList };

  const authorizer = new GatewayFunction(scope, "Authorizer", {
    ...common,
    bundle: "authorizer",
    description: `${names.title}: checks access tokens`,
    environment,
    options: options.authorizer,
    memorySize: 512,
    timeout: Duration.seconds(15),
  });
  const forwarding = {
    ...common,
    environment: {
      ...environment,
      ...keys,
      SESSION_SECRET_PARAMETERS: sessionSecrets.parameterList,
      ...(rateLimits && { RATE_LIMIT_TABLE: rateLimits.table.tableName }),
      ...(props.challengeMetadataUrl && { CHALLENGE_METADATA_URL: props.challengeMetadataUrl }),
    },
    network: props.network,
    memorySize: 512,
    timeout: Duration.minutes(15),
  };
  const proxy = new GatewayFunction(scope, "Proxy", {
    ...forwarding,
    bundle: "proxy",
    description: `${names.title}: forwards to MCP servers`,
    options: options.proxy,
  });
  const combined = settings.hasCombined
    ? new GatewayFunction(scope, "Combined", {
        ...forwarding,
        bundle: "combined",
        description: `${names.title}: one endpoint for several MCP servers`,
        environment: {
          ...forwarding.environment,
          DECISION_CACHE_SECONDS: String(props.authorizerCache.toSeconds()),
        },
        options: options.combined,
      })
    : undefined;
  const metadata = new GatewayFunction(scope, "Metadata", {
    ...common,
    bundle: "metadata",
    description: `${names.title}: OAuth metadata and CORS`,
    environment: { ...environment, ...keys },
    options: options.metadata,
    memorySize: 256,
    timeout: Duration.seconds(15),
  });

  for (const { function: lambda } of [authorizer, metadata]) {
    skipScan(
      lambda,
      "CKV_AWS_117",
      "This function only calls public endpoints of AWS and of the token's issuer. The setting vpcId applies to the functions that call MCP servers.",
    );
  }
  skipScan(
    metadata.function,
    "CKV_AWS_115",
    "This function serves small public documents, and the API's throttling limits its requests. The other functions have settings.",
  );

  const forwarders = combined ? [proxy, combined] : [proxy];
  for (const { role } of [authorizer, ...forwarders, metadata])
    grantFunctionConfigRead(role, names.configPrefix);
  grantSecretRead(authorizer.role, settings.authorizerSecrets);
  for (const forwarder of forwarders) {
    const { role } = forwarder;
    // The combined endpoint decides on tokens for its members as the authorizer does.
    const verifying = forwarder === combined ? settings.authorizerSecrets : [];
    const secrets = new Set([...settings.proxySecrets, ...verifying, ...sessionSecrets.formerParameters]);
    grantSecretRead(role, [...secrets]);
    sessionSecrets.grantRead(role);
    signingKeys.grantProxySign(
      role,
      forwarder === combined ? "TheCombinedEndpointSigns" : "OnlyTheProxySigns",
    );
    grantUpstreams(role, settings.signedTargets ?? []);
    rateLimits?.grantCount(role);
  }
  signingKeys.grantPublish(metadata.role);
  return { authorizer, proxy, combined, metadata };
}
