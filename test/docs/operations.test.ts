// The plot and the bill of docs/operations.md are of what is built: `npx vitest run test/docs/operations.test.ts -u` draws the plot anew.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { costText } from "../../cli/cost.ts";
import { quotaPlot } from "../pictures/quota-plot.ts";

const PAGE = readFileSync(new URL("../../docs/operations.md", import.meta.url), "utf8");

describe("docs/operations.md", () => {
  it("plots executions against users", async () => {
    await expect(quotaPlot()).toMatchFileSnapshot("../../docs/images/quotas.svg");
    expect(PAGE).toContain("(images/quotas.svg)");
  });

  it("states what a web ACL and two NAT gateways add", () => {
    const total = (args: string) =>
      Number(/^ {2}together .*\$([\d.]+)$/m.exec(costText(args.split(" ")))?.[1]);
    const added = total("--requests 1e6 --waf --nat 2") - total("--requests 1e6");
    expect(PAGE).toContain(`\`--waf --nat 2\` adds $${added.toFixed(2)} to the first block`);
  });

  it.each(["--requests 1e6", "--requests 0 --streams 1 --no-dashboard --no-alarms"])(
    "quotes what npm run cost -- %s prints",
    (args) => {
      const quoted = PAGE.split(`$ npm run -s cost -- ${args}\n`)[1]?.split("\n```")[0]?.split("\n\n")[0];
      expect(quoted).toBeDefined();
      expect(costText(args.split(" ")).startsWith(quoted ?? "?")).toBe(true);
    },
  );
});
