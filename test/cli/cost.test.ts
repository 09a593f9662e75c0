import { describe, expect, it } from "vitest";
import { costText } from "../../cli/cost.ts";

describe("npm run cost", () => {
  it("prints each line, the sum, others and the unit prices with what is known of their dates", () => {
    const text = costText(["--requests", "2e6"]);
    expect(text).toMatch(/API Gateway +2\.000 million requests +\$7\.00\n/);
    expect(text).toMatch(/together +2\.000 million requests +\$11\.84\n/);
    expect(text).toMatch(/AgentCore Gateway +2\.000 million calls +\$10\.00\n/);
    expect(text).toContain(
      "$3.5 per million requests (date not recorded, https://aws.amazon.com/api-gateway/pricing/)",
    );
  });

  it("says what its options are", () => {
    expect(costText(["--help"])).toContain("--ttl N");
  });

  it.each([
    [["--requests", "many"], '--requests takes a number of 0 or more, got "many"'],
    [["--users", "-1"], "argument is ambiguous"],
    [["--users=-1"], '--users takes a number of 0 or more, got "-1"'],
    [["--people", "3"], "Unknown option '--people'"],
  ])("refuses %j", (args, message) => {
    expect(() => costText(args)).toThrow(message);
  });
});
