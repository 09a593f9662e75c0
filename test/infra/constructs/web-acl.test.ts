import { describe, expect, it } from "vitest";
import { flat, resources, synthesise } from "../../support/synthesised-template.ts";

type Rule = {
  Name: string;
  Priority: number;
  Action?: object;
  OverrideAction?: object;
  Statement: {
    RateBasedStatement?: Record<string, unknown>;
    ManagedRuleGroupStatement?: {
      Name: string;
      RuleActionOverrides?: { Name: string; ActionToUse: object }[];
    };
  };
  VisibilityConfig: { SampledRequestsEnabled: boolean };
};

function rulesOf(options: Parameters<typeof synthesise>[0]): Rule[] {
  const [acl] = Object.values(resources(synthesise(options), "AWS::WAFv2::WebACL"));
  return acl?.["Rules"] as Rule[];
}

describe("a web ACL", () => {
  it("is associated with the API's stage and allows requests that no rule blocks", () => {
    const template = synthesise({ waf: true });
    template.hasResourceProperties("AWS::WAFv2::WebACL", { Scope: "REGIONAL", DefaultAction: { Allow: {} } });
    const [association] = Object.values(resources(template, "AWS::WAFv2::WebACLAssociation"));
    expect(flat(association?.["ResourceArn"])).toBe(
      "arn:<AWS::Partition>:apigateway:<AWS::Region>::/restapis/<GatewayApiRestApi>/stages/<GatewayApiRestApiDeploymentStagedev>",
    );
  });

  it("limits the rate of each address and each token first", () => {
    const [address, token] = rulesOf({ waf: true, wafRequestsPerToken: 500 });
    expect(address).toMatchObject({
      Priority: 0,
      Action: { Block: {} },
      Statement: { RateBasedStatement: { AggregateKeyType: "IP", Limit: 3000 } },
    });
    expect(token).toMatchObject({
      Priority: 1,
      Action: { Block: {} },
      Statement: {
        RateBasedStatement: {
          AggregateKeyType: "CUSTOM_KEYS",
          Limit: 500,
          CustomKeys: [
            {
              Header: {
                Name: "Authorization",
                TextTransformations: [
                  { Priority: 0, Type: "COMPRESS_WHITE_SPACE" },
                  { Priority: 1, Type: "LOWERCASE" },
                ],
              },
            },
          ],
        },
      },
    });
  });

  it("counts tokens in the header that carries them", () => {
    const [, token] = rulesOf({
      waf: true,
      configSource: undefined,
      headerKey: "X-Access-Token",
    });
    expect(token?.Statement.RateBasedStatement?.["CustomKeys"]).toMatchObject([
      { Header: { Name: "X-Access-Token" } },
    ]);
  });

  it("applies the managed rules, and those that read bodies only count", () => {
    const groups = rulesOf({ waf: true }).flatMap(({ Statement, OverrideAction }) =>
      Statement.ManagedRuleGroupStatement ? [{ ...Statement.ManagedRuleGroupStatement, OverrideAction }] : [],
    );
    expect(groups.map(({ Name, OverrideAction }) => [Name, OverrideAction])).toEqual([
      ["AWSManagedRulesAmazonIpReputationList", { None: {} }],
      ["AWSManagedRulesKnownBadInputsRuleSet", { None: {} }],
      ["AWSManagedRulesCommonRuleSet", { None: {} }],
    ]);
    const counted = groups.at(-1)?.RuleActionOverrides?.filter(({ ActionToUse }) => "Count" in ActionToUse);
    expect(counted?.map(({ Name }) => Name).sort()).toEqual([
      "CrossSiteScripting_BODY",
      "EC2MetaDataSSRF_BODY",
      "GenericLFI_BODY",
      "GenericRFI_BODY",
      "NoUserAgent_HEADER",
      "SizeRestrictions_BODY",
    ]);
  });

  it("omits the managed rules if the settings say so", () => {
    expect(rulesOf({ waf: true, wafManagedRules: false }).map(({ Name }) => Name)).toEqual([
      "RequestsPerAddress",
      "RequestsPerToken",
    ]);
  });

  it("keeps no samples of requests, which would show access tokens", () => {
    expect(
      rulesOf({ waf: true }).map(({ VisibilityConfig }) => VisibilityConfig.SampledRequestsEnabled),
    ).toEqual(Array(5).fill(false));
  });

  it("is not created by default", () => {
    synthesise().resourceCountIs("AWS::WAFv2::WebACL", 0);
  });
});
