// Recognises the context keys of the CDK: feature flags, switches and looked-up values. Every other key is a deployment setting, or a
// mistake.

const CDK_KEYS = [
  // Feature flags: `@aws-cdk/core:…`, `@aws-cdk-containers/…`.
  /^@aws-cdk[\w-]*\//,
  // Switches of the CDK library and its command line.
  /^aws:cdk:/,
  /^aws-cdk:/,
  /^(?:cli-telemetry|acknowledged-issue-numbers)$/,
  // Look-ups cached in cdk.context.json: `availability-zones:account=…:region=…`, `hosted-zone:account=…:domainName=…`.
  /^[a-z][a-z-]*:[\w.-]+=/,
];

/** True for a key of the CDK. */
export function isCdkKey(key: string): boolean {
  return CDK_KEYS.some((form) => form.test(key));
}
