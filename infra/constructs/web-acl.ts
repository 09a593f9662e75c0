// AWS WAF in front of the API: a limit for each address and each token, and AWS's managed rules. The core rules that read bodies only
// count, because tool arguments such as code, markup and paths look like attacks to them.
import { Stack } from "aws-cdk-lib";
import type { RestApi } from "aws-cdk-lib/aws-apigateway";
import { CfnWebACL, CfnWebACLAssociation } from "aws-cdk-lib/aws-wafv2";
import { Construct } from "constructs";
import { EDGE_REGION } from "./edge.ts";

/** The limits and rules of the web ACL. */
export interface WebAclSettings {
  /**
   * Requests from one address in five minutes. Many users can share an address.
   * @default 3000
   */
  readonly requestsPerAddress?: number;
  /**
   * Requests with one access token in five minutes, for all servers together.
   * @default 1000
   */
  readonly requestsPerToken?: number;
  /**
   * Whether AWS's managed rules apply: bad addresses, known exploits, and the core rules for paths, queries and headers.
   * @default true
   */
  readonly managedRules?: boolean;
}

/** AWS WAF in front of a gateway: a new web ACL, or an existing one. */
export class GatewayWebAcl {
  /** A web ACL of the stack with limits for each address and token and AWS's managed rules. */
  static rules(settings: WebAclSettings = {}): GatewayWebAcl {
    return new GatewayWebAcl(settings, undefined);
  }

  /** An existing web ACL: with scope REGIONAL in the stack's Region, or with scope CLOUDFRONT if there is an `edge`. */
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

/** The settings of the web ACL, and the API. */
export interface WebAclProps {
  readonly webAcl: GatewayWebAcl;
  readonly name: string;
  readonly api: RestApi;
  /** Header that carries the token. */
  readonly headerKey: string;
}

// Core rules that read bodies, or a header that MCP clients may omit.
const COUNTED_CORE_RULES = [
  "SizeRestrictions_BODY",
  "EC2MetaDataSSRF_BODY",
  "GenericLFI_BODY",
  "GenericRFI_BODY",
  "CrossSiteScripting_BODY",
  "NoUserAgent_HEADER",
];

// `bearer  X` and `Bearer X` are the same token: without these transformations each spelling would have its own limit. Tokens that differ
// only in case do not occur; the authorizer denies a token that is not canonical base64url.
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
 * @throws Error if it would have to be created in another Region than the stack
 */
export function edgeWebAclArn(
  scope: Construct,
  webAcl: GatewayWebAcl,
  headerKey: string,
  name: string,
): string {
  if (webAcl.arn !== undefined) return webAcl.arn;
  const { region } = Stack.of(scope);
  if (region !== EDGE_REGION) {
    throw new Error(
      `A web ACL for CloudFront must be in ${EDGE_REGION}. Deploy the stack there, or create a web ACL with scope CLOUDFRONT there and use GatewayWebAcl.fromArn.`,
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
      // Requests without the header are not counted: API Gateway denies them without a function.
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

// No sampled requests: everyone who can read the web ACL could read their headers, including access tokens.
function visibility(metricName: string): CfnWebACL.VisibilityConfigProperty {
  return { cloudWatchMetricsEnabled: true, sampledRequestsEnabled: false, metricName };
}
