import { describe, expect, it } from "vitest";
import { costText } from "../../cli/cost.ts";

describe("npm run cost", () => {
  it("prints each line, the sums, other products and the unit prices with their sources and dates", () => {
    const text = costText(["--requests", "2e6"]);
    expect(text).toMatch(/API Gateway +2\.000 million requests +\$7\.00\n/);
    expect(text).toMatch(/by use +2\.000 million requests +\$11\.84\n/);
    expect(text).toMatch(/together +2\.000 million requests +\$19\.69\n/);
    expect(text).toMatch(/AgentCore Gateway +2\.000 million calls +\$10\.00\n/);
    expect(text).toContain(
      "$3 per dashboard and month (https://aws.amazon.com/cloudwatch/pricing/, read at https://www.factualminds.com/blog/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards/, 2026-06-13)\n",
    );
  });

  it("adds and omits fixed charges by options", () => {
    const text = costText(["--waf", "--nat", "1", "--no-dashboard", "--no-alarms"]);
    expect(text).toMatch(/WAF, web ACL +1\.000 web ACL +\$5\.00\n/);
    expect(text).toMatch(/NAT gateways +730\.000 hours +\$32\.85\n/);
    expect(text).not.toMatch(/CloudWatch, (dashboard|alarms)/);
  });

  it("lists its options with --help", () => {
    expect(costText(["--help"])).toContain("--ttl N");
  });

  it.each([
    [["--requests", "many"], '--requests expects a number of 0 or more, but got "many"'],
    [["--users", "-1"], "argument is ambiguous"],
    [["--users=-1"], '--users expects a number of 0 or more, but got "-1"'],
    [["--people", "3"], "Unknown option '--people'"],
  ])("rejects the arguments %j", (args, message) => {
    expect(() => costText(args)).toThrow(message);
  });
});
