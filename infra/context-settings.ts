// Reads the properties of a gateway from its deployment settings: a settings file, overridden by `-c name=value`. docs/deployment.md lists
// the settings.
import { statSync } from "node:fs";
import { join } from "node:path";
import { Duration } from "aws-cdk-lib";
import { readConfigSource, validateConfigSource } from "./config-source.ts";
import { exampleFaults, isUntouchedExample } from "./example-values.ts";
import type { GatewaySettings } from "./gateway-settings.ts";
import { generationsOf } from "./generation.ts";
import { PACKAGE_ROOT } from "./package-paths.ts";
import { configPath } from "./settings/combinations.ts";
import {
  exampleHostFaults,
  namesRealHost,
  type ReadSettings,
  readSettings,
  type SettingsInput,
} from "./settings/read-settings.ts";
import { DEFAULT_STAGE, type Settings } from "./settings/schema.ts";

const EXAMPLE_CONFIG = join(PACKAGE_ROOT, "config");

/**
 * Reads all settings and the configuration.
 *
 * @throws Error that lists every error with its place, or the configuration that was not found
 */
export function contextSettings(input: SettingsInput): GatewaySettings {
  const read = readSettings(input);
  const { settings } = read;
  const configSource = settings.config === "external" ? undefined : readConfigSource(configDirOf(read));
  checkExamples(read, configSource);
  const { authorizerCacheTtl: ttl } = settings;
  return {
    stage: settings.stage ?? DEFAULT_STAGE,
    name: settings.name,
    protection: settings.protection,
    configSource,
    retainConfig: settings.config === "retained",
    // The public_url of an external configuration comes from the setting publicUrl.
    externalConfig: {
      allowedOrigins: settings.allowedOrigins,
      scopesSupported: settings.scopesSupported,
      challengeResourceMetadata: settings.challengeResourceMetadata,
      headerKey: settings.headerKey,
      introspectCacheMaxAge: settings.introspectCacheMaxAge,
      secrets: settings.secrets,
      introspectionSecrets: settings.introspectionSecrets,
      rateLimits: settings.rateLimits,
      pinnedTools: settings.pinnedTools,
      combined: settings.combined,
    },
    publicUrl: settings.publicUrl,
    domain: domain(settings),
    edge: settings.edge,
    executeApiEndpoint: settings.executeApiEndpoint,
    authorizerCacheTtl: ttl === undefined ? undefined : Duration.seconds(ttl),
    throttling: throttling(settings),
    reservedConcurrency: {
      authorizer: settings.authorizerConcurrency,
      proxy: settings.proxyConcurrency,
      combined: settings.combinedConcurrency,
    },
    webAcl: settings.waf
      ? {
          requestsPerAddress: settings.wafRequestsPerAddress,
          requestsPerToken: settings.wafRequestsPerToken,
          managedRules: settings.wafManagedRules,
        }
      : undefined,
    network: network(settings),
    tracing: settings.tracing,
    rateLimitInsights: settings.rateLimitInsights,
    monitoring: {
      dashboard: settings.dashboard,
      alarms: settings.alarms,
      alarmTopicArn: settings.alarmTopicArn,
    },
    logRetention: settings.logRetentionDays,
    encryptionKeyArn: settings.encryptionKeyArn,
    tags: settings.tags,
    setAccountLogRole: settings.accountLogRole === "stack",
    signingKeys: generationsOf(settings.signingKeys),
    formerSigningKeys: settings.formerSigningKeys,
    sessionSecrets: generationsOf(settings.sessionSecrets),
    formerSessionSecrets: settings.formerSessionSecrets,
  };
}

/** The configuration's directory. @throws Error with the place of the setting if it does not exist */
function configDirOf({ settings: { configDir }, place }: ReadSettings): string {
  if (configDir === undefined) return EXAMPLE_CONFIG;
  const found = statSync(configDir, { throwIfNoEntry: false });
  if (found?.isDirectory()) return configDir;
  const what = found === undefined ? "no such directory" : "not a directory";
  throw new Error(
    `${place("configDir")}: ${what}: ${configDir}. Give the directory that holds gateway.json and servers/; in a settings file the path is relative to that file.`,
  );
}

/** Accepts example values only if everything is an example: the repository's configuration, without a real host in the settings. */
function checkExamples(read: ReadSettings, source: GatewaySettings["configSource"]): void {
  const isExample = source !== undefined && isUntouchedExample(source) && !namesRealHost(read.settings);
  // Errors in the configuration have precedence: the stack reports them.
  const isFaulty = source !== undefined && validateConfigSource(source, configPath(read.settings)).length > 0;
  if (isExample || isFaulty) return;
  const faults = [...exampleHostFaults(read), ...(source === undefined ? [] : exampleFaults(source))];
  if (faults.length > 0) {
    throw new Error(
      ["The configuration contains example values, so nothing was synthesised:", ...faults].join("\n  "),
    );
  }
}

function domain({
  domainName,
  certificateArn,
  hostedZoneId,
  hostedZoneName,
}: Settings): GatewaySettings["domain"] {
  if (domainName === undefined || certificateArn === undefined) return undefined;
  const hostedZone =
    hostedZoneId !== undefined && hostedZoneName !== undefined
      ? { hostedZoneId, zoneName: hostedZoneName }
      : undefined;
  return { domainName, certificateArn, hostedZone };
}

function throttling({ throttleRate, throttleBurst }: Settings): GatewaySettings["throttling"] {
  if (throttleRate === undefined && throttleBurst === undefined) return undefined;
  const requestsPerSecond = throttleRate ?? 100;
  return { requestsPerSecond, burst: throttleBurst ?? requestsPerSecond * 2 };
}

function network({ vpcId, subnetIds, securityGroupIds, proxyEgress }: Settings): GatewaySettings["network"] {
  if (vpcId === undefined || subnetIds === undefined) return undefined;
  const egress = proxyEgress?.map((text) => {
    const [cidr = "", port] = text.split(":");
    return { cidr, port: Number(port) };
  });
  return { vpcId, subnetIds, securityGroupIds, egress };
}
