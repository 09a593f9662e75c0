// AWS WAF in front of the API: a limit for each address and each token, and AWS's managed rules. Where a managed rule
// reads bodies it only counts: a tool's arguments are code, markup and paths, which those rules take for attacks.
import { Stack } from "aws-cdk-lib";
import type { RestApi } from "aws-cdk-lib/aws-apigateway";
import { CfnWebACL, CfnWebACLAssociation } from "aws-cdk-lib/aws-wafv2";
import { Construct } from "constructs";

/** What the web ACL lets through. */
export interface WebAclSettings {
  /**
   * Requests of one address in five minutes. Many people can share an address.
   * @default 3000
   */
  readonly requestsPerAddress?: number;
  /**
   * Requests with one access token in five minutes, on whichever server.
   * @default 1000
   */
  readonly requestsPerToken?: number;
  /**
   * Whether AWS's managed rules apply: bad addresses, known exploits, and the core rules for paths, queries and headers.
   * @default true
   */
  readonly managedRules?: boolean;
}

/** AWS WAF in front of a gateway: rules of the gateway's own, or a web ACL that exists. */
export class GatewayWebAcl {
  /** A web ACL of the stack with limits for each address and token and AWS's managed rules. */
  static rules(settings: WebAclSettings = {}): GatewayWebAcl {
    return new GatewayWebAcl(settings, undefined);
  }

  /** A web ACL that exists: with scope REGIONAL in the stack's own Region, or with scope CLOUDFRONT where there is an `edge`. */
  static fromArn(webAclArn: string): GatewayWebAcl {
    return new GatewayWebAcl(undefined, webAclArn);
  }

  /** @internal */
  readonly settings: WebAclSettings | undefined;
  /** @internal */
  readonly arn: string | undefined;

  private constructor(settings: WebAclSettings | undefined, arn: string | undefined) {
    this.settings = settings;
    this.arn = arn;
  }
}

/** What the web ACL stands before. */
export interface WebAclProps {
  readonly webAcl: GatewayWebAcl;
  readonly name: string;
  readonly api: RestApi;
  /** Header that carries the token. */
  readonly headerKey: string;
}

// They read bodies, or a header that MCP clients may leave out.
const COUNTED_CORE_RULES = [
  "SizeRestrictions_BODY",
  "EC2MetaDataSSRF_BODY",
  "GenericLFI_BODY",
  "GenericRFI_BODY",
  "CrossSiteScripting_BODY",
  "NoUserAgent_HEADER",
];

// `bearer  X` and `Bearer X` are one token: without these each spelling would have a limit of its own. Two tokens that differ in case
// alone do not occur; the authorizer denies a token that is not in canonical base64url.
const ONE_SPELLING = [
  { priority: 0, type: "COMPRESS_WHITE_SPACE" },
  { priority: 1, type: "LOWERCASE" },
];

/** A web ACL in front of the API's stage. */
export class WebAcl extends Construct {
  constructor(scope: Construct, id: string, props: WebAclProps) {
    super(scope, id);
    new CfnWebACLAssociation(this, "Association", {
      webAclArn: props.webAcl.arn ?? ownAcl(this, props, "REGIONAL"),
      resourceArn: props.api.deploymentStage.stageArn,
    });
  }
}

/**
 * ARN of the web ACL for a distribution.
 *
 * @throws Error where it would have to be made in another Region than the stack's
 */
export function edgeWebAclArn(
  scope: Construct,
  webAcl: GatewayWebAcl,
  headerKey: string,
  name: string,
): string {
  if (webAcl.arn !== undefined) return webAcl.arn;
  const { region } = Stack.of(scope);
  if (region !== "us-east-1") {
    throw new Error(
      "A web ACL for CloudFront lies in us-east-1. Deploy the stack there, or make a web ACL with scope CLOUDFRONT there and give GatewayWebAcl.fromArn.",
    );
  }
  return ownAcl(new Construct(scope, "EdgeWebAcl"), { webAcl, headerKey, name }, "CLOUDFRONT");
}

function ownAcl(
  scope: Construct,
  { webAcl, headerKey, name }: Omit<WebAclProps, "api">,
  aclScope: "REGIONAL" | "CLOUDFRONT",
): string {
  const { requestsPerAddress = 3000, requestsPerToken = 1000, managedRules = true } = webAcl.settings ?? {};
  const rules = [
    rateRule("RequestsPerAddress", { limit: requestsPerAddress, aggregateKeyType: "IP" }),
    rateRule("RequestsPerToken", {
      limit: requestsPerToken,
      // Requests without the header are in no group and not counted: API Gateway answers them without a function.
      aggregateKeyType: "CUSTOM_KEYS",
      customKeys: [{ header: { name: headerKey, textTransformations: ONE_SPELLING } }],
    }),
    ...(managedRules ? MANAGED_RULES : []),
  ];
  const acl = new CfnWebACL(scope, "Acl", {
    name,
    scope: aclScope,
    defaultAction: { allow: {} },
    rules: rules.map((rule, priority) => ({ ...rule, priority })),
    visibilityConfig: visibility(name),
  });
  return acl.attrArn;
}

type Rule = Omit<CfnWebACL.RuleProperty, "priority">;

const MANAGED_RULES: readonly Rule[] = [
  managedGroup("AWSManagedRulesAmazonIpReputationList", []),
  managedGroup("AWSManagedRulesKnownBadInputsRuleSet", []),
  managedGroup("AWSManagedRulesCommonRuleSet", COUNTED_CORE_RULES),
];

function managedGroup(name: string, counted: readonly string[]): Rule {
  return {
    name,
    overrideAction: { none: {} },
    statement: {
      managedRuleGroupStatement: {
        vendorName: "AWS",
        name,
        ruleActionOverrides: counted.map((rule) => ({ name: rule, actionToUse: { count: {} } })),
      },
    },
    visibilityConfig: visibility(name),
  };
}

function rateRule(name: string, rateBasedStatement: CfnWebACL.RateBasedStatementProperty): Rule {
  return {
    name,
    action: { block: {} },
    statement: { rateBasedStatement },
    visibilityConfig: visibility(name),
  };
}

// Sampled requests are shown with their headers, access tokens included, to everyone who can read the web ACL.
function visibility(metricName: string): CfnWebACL.VisibilityConfigProperty {
  return { cloudWatchMetricsEnabled: true, sampledRequestsEnabled: false, metricName };
}
