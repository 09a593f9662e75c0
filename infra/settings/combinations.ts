// Checks of combinations of deployment settings: a setting without effect, a missing one, or two that contradict each other.
import { authorizerCacheFault, secretPlaceFault } from "../deploy-settings.ts";
import { DEFAULT_GATEWAY_NAME, gatewayNames } from "../gateway-names.ts";
import { arnParts } from "./forms.ts";
import { DEFAULT_STAGE, type SettingName, type Settings } from "./schema.ts";

/** The error of a combination, with the name of the setting to change. */
export type CombinationFault = { readonly setting: SettingName; readonly message: string };

/** setting -> setting without which it has no effect */
const NEEDS: readonly (readonly [SettingName, SettingName])[] = [
  ["certificateArn", "domainName"],
  ["domainName", "certificateArn"],
  ["hostedZoneId", "domainName"],
  ["hostedZoneName", "domainName"],
  ["hostedZoneId", "hostedZoneName"],
  ["hostedZoneName", "hostedZoneId"],
  ["vpcId", "subnetIds"],
  ["subnetIds", "vpcId"],
  ["securityGroupIds", "vpcId"],
  ["proxyEgress", "vpcId"],
];

const ONLY_EXTERNAL: readonly SettingName[] = [
  "allowedOrigins",
  "scopesSupported",
  "challengeResourceMetadata",
  "headerKey",
  "secrets",
  "introspectionSecrets",
  "introspectCacheMaxAge",
  "rateLimits",
  "pinnedTools",
  "combined",
];
const ONLY_WAF: readonly SettingName[] = ["wafRequestsPerAddress", "wafRequestsPerToken", "wafManagedRules"];
const SECRETS = ["secrets", "introspectionSecrets", "formerSessionSecrets"] as const;
const ARNS: readonly SettingName[] = [
  "certificateArn",
  "alarmTopicArn",
  "encryptionKeyArn",
  "formerSigningKeys",
  "secrets",
  "introspectionSecrets",
];
const LISTS: readonly SettingName[] = [
  "subnetIds",
  "securityGroupIds",
  "proxyEgress",
  "allowedOrigins",
  "scopesSupported",
  ...SECRETS,
  "formerSigningKeys",
];

/**
 * Returns the errors in combinations of settings that are valid individually.
 *
 * @param given whether a setting is given at all, valid or not
 */
export function combinationFaults(
  settings: Partial<Settings>,
  given: (name: SettingName) => boolean,
): CombinationFault[] {
  const faults: CombinationFault[] = [];
  const fault = (setting: SettingName, message: string) => void faults.push({ setting, message });

  for (const [setting, needed] of NEEDS) {
    if (given(setting) && !given(needed)) fault(setting, `needs ${needed} too. Set both, or neither.`);
  }
  const mayBeExternal = settings.config === "external" || (given("config") && settings.config === undefined);
  for (const setting of ONLY_EXTERNAL) {
    if (given(setting) && !mayBeExternal) {
      fault(
        setting,
        `only has an effect with config=external: otherwise it comes from the configuration files. Remove it.`,
      );
    }
  }
  if (settings.config === "external" && given("configDir")) {
    fault("configDir", "is not read with config=external. Remove one of the two.");
  }
  for (const setting of ONLY_WAF) {
    if (given(setting) && (settings.waf === false || !given("waf")))
      fault(setting, "only has an effect with waf=true. Add waf=true, or remove this setting.");
  }
  if (given("proxyEgress") && given("securityGroupIds")) {
    fault(
      "proxyEgress",
      "has no effect with securityGroupIds, which have their own rules. Remove one of the two.",
    );
  }
  if (given("alarmTopicArn") && settings.alarms === false) {
    fault("alarmTopicArn", "has no effect with alarms=false. Remove one of the two.");
  }
  if (settings.executeApiEndpoint === false && !given("domainName") && !given("publicUrl")) {
    fault(
      "executeApiEndpoint",
      "false without domainName or publicUrl leaves no URL for clients. Set one of them.",
    );
  }
  if (settings.executeApiEndpoint !== undefined && given("edge")) {
    fault(
      "executeApiEndpoint",
      "has no effect with edge: the API accepts only requests from CloudFront. Remove it.",
    );
  }
  const { domainName, hostedZoneName } = settings;
  if (domainName !== undefined && hostedZoneName !== undefined && !isWithin(domainName, hostedZoneName)) {
    fault(
      "hostedZoneName",
      `${domainName} is not in the zone ${hostedZoneName}. Set the zone that contains it.`,
    );
  }
  if (domainName?.endsWith(".amazonaws.com")) {
    fault(
      "domainName",
      "is a host name of AWS. Omit it to use the API's own URL, or set a domain that you own.",
    );
  }
  for (const setting of LISTS) {
    const items = settings[setting] as readonly string[] | undefined;
    const repeated = items?.find((item, index) => items.indexOf(item) !== index);
    if (repeated !== undefined) fault(setting, `lists ${JSON.stringify(repeated)} twice. Keep one.`);
  }
  const { authorizerCacheTtl, introspectCacheMaxAge } = settings;
  if (authorizerCacheTtl !== undefined && introspectCacheMaxAge !== undefined) {
    const message = authorizerCacheFault(authorizerCacheTtl, introspectCacheMaxAge);
    if (message !== undefined) fault("authorizerCacheTtl", message);
  }
  const isPathKnown = (["name", "stage"] as const).every(
    (part) => settings[part] !== undefined || !given(part),
  );
  for (const setting of isPathKnown ? SECRETS : []) {
    const message = secretPlaceFault(settings[setting] ?? [], configPath(settings));
    if (message !== undefined) fault(setting, message);
  }
  faults.push(...regionFaults(settings));
  return faults;
}

/** SSM path of the configuration of the gateway that the settings name. */
export function configPath({ name, stage }: Partial<Settings>): string {
  return gatewayNames(name ?? DEFAULT_GATEWAY_NAME, stage ?? DEFAULT_STAGE).configPrefix;
}

/** A certificate, a topic, a key and a parameter can only be used by resources in their Region. */
function regionFaults(settings: Partial<Settings>): CombinationFault[] {
  const regional =
    settings.edge === undefined ? ARNS : ARNS.filter((setting) => setting !== "certificateArn");
  const named = regional.flatMap((setting) =>
    [settings[setting] ?? []].flat().flatMap((arn) => {
      const region = arnParts(String(arn))?.region;
      return region === undefined ? [] : [{ setting, region }];
    }),
  );
  const [first] = named;
  return named
    .filter(({ region }) => region !== first?.region)
    .map(({ setting, region }) => ({
      setting,
      message: `is in ${region}, but ${first?.setting} is in ${first?.region}. All must be in the stack's own Region.`,
    }));
}

function isWithin(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`);
}
