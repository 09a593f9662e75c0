// The deployment settings: a closed set, each with its format, default and description. The validation of settings, the JSON Schema and the
// table in docs/deployment.md are derived from this schema.
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import * as v from "valibot";
import { describeValue, listChoices } from "../../functions/core/config/faults.ts";
import {
  checkedText,
  choice,
  closedObject,
  expected,
  filledList,
  list,
  namedEntries,
  optionalKey,
  schemaLink,
  scopeField,
  textField,
  wholeNumber,
} from "../../functions/core/config/fields.ts";
import { tokenHeaderFault } from "../../functions/core/config/header-names.ts";
import { baseUrlFault, originFault } from "../../functions/core/config/urls.ts";
import { gatewayNameFault } from "../gateway-names.ts";
import { GENERATION_STATES } from "../generation.ts";
import { stageNameFault } from "../stage-lifetime.ts";
import {
  arnFault,
  egressFault,
  hostNameFault,
  idFault,
  parameterNameFault,
  secretNameFault,
} from "./forms.ts";

const KEY_ARN = "arn:aws:kms:eu-central-1:111122223333:key/0f5b8a3e-1d2c-4b6a-9e7f-3c2d1b0a9f8e";
const CERTIFICATE_ARN =
  "arn:aws:acm:eu-central-1:111122223333:certificate/0f5b8a3e-1d2c-4b6a-9e7f-3c2d1b0a9f8e";
const TOPIC_ARN = "arn:aws:sns:eu-central-1:111122223333:on-call";
const RETENTION_DAYS = Object.values(RetentionDays).filter(
  (value): value is number => typeof value === "number" && value !== RetentionDays.INFINITE,
);

const flag = () => v.boolean(expected("true or false"));
const parameterNames = (what: string) => list(checkedText("an SSM parameter name", parameterNameFault), what);
const secretNames = () =>
  list(checkedText("the name of a secret", secretNameFault), "SSM parameter names or ARNs");
const awsId = (kind: string, example: string) =>
  checkedText(`the id of a ${kind}`, idFault(new RegExp(`^${kind}-(?:[0-9a-f]{8}|[0-9a-f]{17})$`), example));
const generations = () =>
  v.picklist(
    GENERATION_STATES,
    expected(`${listChoices(GENERATION_STATES)}: two generations that take turns, the one in use first`),
  );

type Field = v.BaseSchema<unknown, unknown, v.BaseIssue<unknown>>;

function setting<F extends Field>(field: F, defaultNote: string, description: string, example: unknown) {
  return optionalKey(field, { description, examples: [example], defaultNote });
}

const logRetentionDays = v.pipe(
  v.number(expected("a number of days")),
  v.check(
    (days) => RETENTION_DAYS.includes(days),
    ({ input }) =>
      `expected one of the numbers of days that CloudWatch knows, got ${describeValue(input)}: ${RETENTION_DAYS.join(", ")}.`,
  ),
);

const tags = v.pipe(
  namedEntries(
    v.pipe(
      v.string(),
      v.regex(
        /^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/iu,
        "expected a tag name of 1 to 128 letters, digits, spaces and _.:/=+-@, not starting with aws:.",
      ),
      v.check((name) => name !== "mcp-gateway", `the tag "mcp-gateway" is set by the stack. Remove it.`),
    ),
    v.pipe(
      v.string(expected("the text of a tag")),
      v.regex(
        /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u,
        expected("up to 256 letters, digits, spaces and _.:/=+-@"),
      ),
    ),
  ),
  v.check(
    (all) => Object.keys(all).length <= 49,
    "expected at most 49 tags: AWS allows 50, and the stack sets one.",
  ),
);

/** Default stage. */
export const DEFAULT_STAGE = "dev";

/** Unsupported settings that users often try, with advice. */
const ADVICE = {
  region: "The Region is that of your AWS credentials: set AWS_REGION or AWS_PROFILE.",
  account: "The account is that of your AWS credentials: set AWS_PROFILE.",
  profile: "Use the option --profile of the cdk command, or AWS_PROFILE.",
  alarmEmail: "Subscribe the address to an SNS topic, and give the topic's ARN as alarmTopicArn.",
  context: "Move its members to the top level of the file.",
  setings: 'Did you mean "settings"? Write -c settings=FILE.',
  setting: 'Did you mean "settings"? Write -c settings=FILE.',
  Settings: 'Did you mean "settings"? Write -c settings=FILE.',
  settings: "A settings file cannot name another one. Give one file with -c settings=FILE.",
};

/** The settings of one stage; checks across settings are in combinations.ts. */
export const settingsSchema = closedObject(
  {
    $schema: schemaLink("config/schema/settings.schema.json"),
    stage: setting(
      checkedText("a stage name", stageNameFault),
      "`dev`",
      "Stage of the API and end of the SSM path `/<name>/<stage>`. The name has no other effect.",
      "prod",
    ),
    name: setting(
      checkedText("a gateway name", gatewayNameFault),
      "`mcp-gateway`",
      "Starts the names of all resources. Another name creates a separate gateway in the same account and Region, the stack `<name>-<stage>`.",
      "team-b",
    ),
    protection: setting(
      choice(["production", "disposable"]),
      "`production`",
      "`production` keeps logs for a year, and log groups, signing keys and the table of rate limits when they leave the stack or it is deleted. `disposable` keeps logs for two weeks, and deletes them all. See [removing a stage](first-deployment.md#removing-a-stage).",
      "disposable",
    ),
    config: setting(
      choice(["stack", "retained", "external"]),
      "`stack`",
      "Who manages the configuration's SSM parameters: see [where the configuration is stored](#where-the-configuration-is-stored).",
      "external",
    ),
    configDir: setting(
      textField("the path of a directory"),
      "`config`",
      "Directory with `gateway.json` and `servers/`. In a settings file it is relative to that file.",
      "config",
    ),
    publicUrl: setting(
      checkedText("an https URL", baseUrlFault),
      "`public_url`, else the domain, else the API's URL",
      "URL that clients use, without a slash at the end.",
      "https://mcp.acme.com",
    ),
    allowedOrigins: setting(
      list(checkedText("an origin", originFault), "origins"),
      "none",
      "With `config=external`: its `allowed_origins`.",
      ["https://app.acme.com"],
    ),
    scopesSupported: setting(
      list(scopeField(), "scope names"),
      "none",
      "With `config=external`: its `scopes_supported`.",
      ["notes:read"],
    ),
    challengeResourceMetadata: setting(
      flag(),
      "`false` where the URL has no path, else `true`",
      "With `config=external`: its `challenge_resource_metadata`.",
      true,
    ),
    headerKey: setting(
      checkedText("a header name", tokenHeaderFault),
      "`Authorization`",
      "With `config=external`: the header that carries the token.",
      "X-Access-Token",
    ),
    secrets: setting(
      secretNames(),
      "none",
      "With `config=external`: SSM names, or ARNs, of the secrets that its `headers` refer to, for the proxy; see below.",
      ["/team/api-key"],
    ),
    introspectionSecrets: setting(
      secretNames(),
      "those in `secrets`",
      "With `config=external`: the same for `introspectClientSecret`, for the authorizer. An empty list where no token is introspected.",
      ["/team/introspection-secret"],
    ),
    rateLimits: setting(
      flag(),
      "`false`",
      "With `config=external`: whether it has `rate_limits`, which need a DynamoDB table.",
      true,
    ),
    pinnedTools: setting(
      flag(),
      "`false`",
      "With `config=external`: whether it pins tools, whose changes an alarm, a graph and a query then report.",
      true,
    ),
    combined: setting(
      flag(),
      "`false`",
      "With `config=external`: whether it has `combined`, which needs a function and routes of its own.",
      true,
    ),
    introspectCacheMaxAge: setting(
      wholeNumber("seconds", 0, 3600),
      "none",
      "With `config=external`: the smallest `introspectCacheMaxAge` of servers that introspect tokens.",
      60,
    ),
    domainName: setting(
      checkedText("a host name", hostNameFault),
      "none",
      "Custom domain, with an empty base path. Needs `certificateArn`.",
      "mcp.acme.com",
    ),
    certificateArn: setting(
      checkedText("the ARN of an ACM certificate", arnFault("acm", /^certificate\/[\w-]+$/, CERTIFICATE_ARN)),
      "none",
      "ACM certificate for `domainName`, in the same Region.",
      CERTIFICATE_ARN,
    ),
    hostedZoneId: setting(
      checkedText("the id of a Route 53 zone", idFault(/^Z[A-Z0-9]{1,31}$/, "Z0123456789ABCDEFGHIJ")),
      "none",
      "Route 53 zone for the domain's address records. Without one, point your DNS to the output `DomainTarget`.",
      "Z0123456789ABCDEFGHIJ",
    ),
    hostedZoneName: setting(
      checkedText("a zone name", hostNameFault),
      "none",
      "Name of that zone.",
      "acme.com",
    ),
    edge: setting(
      choice(["cloudfront"]),
      "none",
      "`cloudfront`: a distribution in front of the API, see [CloudFront as the edge](#cloudfront-as-the-edge). `certificateArn` is then in us-east-1, and so is a stack with `waf`.",
      "cloudfront",
    ),
    executeApiEndpoint: setting(
      flag(),
      "`true`; `false` with a domain",
      "Whether the API's own URL is enabled.",
      false,
    ),
    authorizerCacheTtl: setting(
      wholeNumber("seconds", 0, 3600),
      "`300`, or the smallest `introspectCacheMaxAge` if that is less",
      "Seconds for which API Gateway caches the authorizer's result; see below.",
      60,
    ),
    throttleRate: setting(
      wholeNumber("requests a second", 1, 1_000_000),
      "`100`",
      "Requests per second, for the whole API.",
      50,
    ),
    throttleBurst: setting(
      wholeNumber("requests", 1, 1_000_000),
      "twice the rate",
      "Burst of requests.",
      100,
    ),
    authorizerConcurrency: setting(
      wholeNumber("executions", 1, 100_000),
      "the account's pool",
      "Reserved concurrency of the authorizer, which is also its limit.",
      20,
    ),
    proxyConcurrency: setting(
      wholeNumber("executions", 1, 100_000),
      "the account's pool",
      "Reserved concurrency of the proxy, which is also its limit; each open stream needs one execution.",
      200,
    ),
    combinedConcurrency: setting(
      wholeNumber("executions", 1, 100_000),
      "the account's pool",
      "Reserved concurrency of the [combined endpoint](combined.md), which is also its limit; each open stream needs one execution.",
      100,
    ),
    waf: setting(flag(), "`false`", "A web ACL in front of the API; see below.", true),
    wafRequestsPerAddress: setting(
      wholeNumber("requests", 10, 2_000_000_000),
      "`3000`",
      "With `waf`: requests from one IP address in five minutes.",
      2000,
    ),
    wafRequestsPerToken: setting(
      wholeNumber("requests", 10, 2_000_000_000),
      "`1000`",
      "With `waf`: requests with one access token in five minutes.",
      500,
    ),
    wafManagedRules: setting(flag(), "`true`", "With `waf`: whether AWS's managed rules apply.", false),
    vpcId: setting(
      awsId("vpc", "vpc-0a1b2c3d4e5f67890"),
      "none",
      "VPC for the proxy; see below. Needs `subnetIds`.",
      "vpc-0a1b2c3d4e5f67890",
    ),
    subnetIds: setting(
      filledList(awsId("subnet", "subnet-0a1b2c3d4e5f67890"), "subnet ids"),
      "none",
      "With `vpcId`: its private subnets.",
      ["subnet-0a1b2c3d4e5f67890", "subnet-0f9e8d7c6b5a43210"],
    ),
    securityGroupIds: setting(
      filledList(awsId("sg", "sg-0a1b2c3d4e5f67890"), "security group ids"),
      "a security group of the stack",
      "With `vpcId`: security groups of the proxy.",
      ["sg-0a1b2c3d4e5f67890"],
    ),
    proxyEgress: setting(
      filledList(checkedText("addresses and a port", egressFault), "addresses with a port"),
      "everywhere",
      "With `vpcId`: the destinations (addresses and TCP port) that the stack's security group allows, as `CIDR:port`. They must include SSM and KMS.",
      ["10.0.0.0/16:443"],
    ),
    tracing: setting(flag(), "`false`", "X-Ray.", true),
    rateLimitInsights: setting(
      flag(),
      "`false`",
      "CloudWatch Contributor Insights for the table of [rate limits](rate-limits.md): shows the most frequent keys, for a price per event.",
      true,
    ),
    dashboard: setting(
      flag(),
      "`true`",
      "A CloudWatch [dashboard](operations.md#dashboard-logs-and-metrics).",
      false,
    ),
    alarms: setting(flag(), "`true`", "[Alarms](operations.md#what-each-alarm-means).", false),
    alarmTopicArn: setting(
      checkedText("the ARN of an SNS topic", arnFault("sns", /^[\w-]{1,256}(?:\.fifo)?$/, TOPIC_ARN)),
      "none",
      "SNS topic for notifications when an alarm starts and ends.",
      TOPIC_ARN,
    ),
    logRetentionDays: setting(
      logRetentionDays,
      "by `protection`",
      "How long all logs are kept: 1, 3, 5, 7, 14, 30, 60, 90, … days.",
      90,
    ),
    encryptionKeyArn: setting(
      checkedText("the ARN of a KMS key", arnFault("kms", /^key\/[\w-]+$/, KEY_ARN)),
      "AWS owned and AWS managed keys",
      "Symmetric KMS key for the log groups, the functions' environment and the session secrets, and for your secrets that the functions read; see [secrets and customer keys](operations.md#secrets-and-customer-keys).",
      KEY_ARN,
    ),
    tags: setting(tags, "none", "Tags in addition to `mcp-gateway`, which the stack sets.", {
      team: "platform",
    }),
    accountLogRole: setting(
      choice(["external", "stack"]),
      "`external`",
      "`stack`: the stack sets the role with which API Gateway writes logs, for the whole account and Region; see below.",
      "stack",
    ),
    signingKeys: setting(
      generations(),
      "those of the deployed stack; `1` for a new stack",
      "Generations of the [signing key](operations.md#rotating-the-signing-key), which the deployed stack stores. A value here must equal that of the deployed stack.",
      "2,1",
    ),
    formerSigningKeys: setting(
      list(
        checkedText("the ARN of a KMS key", arnFault("kms", /^key\/[\w-]+$/, KEY_ARN)),
        "ARNs of KMS keys",
      ),
      "none",
      "ARNs of keys outside the stack that stay published.",
      [KEY_ARN],
    ),
    sessionSecrets: setting(
      generations(),
      "those of the deployed stack; `1` for a new stack",
      "Generations of the [session secret](operations.md#rotating-the-session-secret), in the same way.",
      "2,1",
    ),
    formerSessionSecrets: setting(
      parameterNames("SSM parameter names"),
      "none",
      "SSM names of secrets outside the stack that still open sessions.",
      ["/team/former-session-secret"],
    ),
  },
  ADVICE,
);

/** Checked settings. */
export type Settings = v.InferOutput<typeof settingsSchema>;

/** Name of a setting. */
export type SettingName = keyof Settings;
