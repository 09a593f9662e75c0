// The pictures and the bill of docs/operations.md are of what is built: `npx vitest run test/docs/operations.test.ts -u` draws the
// pictures anew.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { costText } from "../../cli/cost.ts";
import { dashboardPicture, quotaPlot, type Widget } from "../support/operation-pictures.ts";

const PAGE = readFileSync(new URL("../../docs/operations.md", import.meta.url), "utf8");
const GOLDEN = readFileSync(new URL("../infra/golden/prod.golden.json", import.meta.url), "utf8");

/** The widgets of the dashboard in the golden template of the stack; references stand as their names. */
function dashboardWidgets(): Widget[] {
  const { Resources } = JSON.parse(GOLDEN) as {
    Resources: Record<string, { Type: string; Properties: unknown }>;
  };
  const dashboard = Object.values(Resources).find(({ Type }) => Type === "AWS::CloudWatch::Dashboard");
  const { DashboardBody: body } = (dashboard ?? { Properties: {} }).Properties as {
    DashboardBody: { "Fn::Join": [string, unknown[]] };
  };
  const [separator, parts] = body["Fn::Join"];
  const text = parts.map((part) => (typeof part === "string" ? part : "reference")).join(separator);
  return JSON.parse(text).widgets;
}

describe("docs/operations.md", () => {
  it("shows the dashboard as it is laid out", async () => {
    await expect(dashboardPicture(dashboardWidgets())).toMatchFileSnapshot("../../docs/images/dashboard.svg");
    expect(PAGE).toContain("(images/dashboard.svg)");
  });

  it("shows executions against users", async () => {
    await expect(quotaPlot()).toMatchFileSnapshot("../../docs/images/quotas.svg");
    expect(PAGE).toContain("(images/quotas.svg)");
  });

  it.each([
    "--requests 1e6",
    "--requests 1e6 --ttl 0 --waf --nat 2",
    "--requests 0 --streams 1 --no-dashboard --no-alarms",
  ])("quotes what npm run cost -- %s prints", (args) => {
    const quoted = PAGE.split(`$ npm run -s cost -- ${args}\n`)[1]?.split("\n```")[0]?.split("\n\n")[0];
    expect(quoted).toBeDefined();
    expect(costText(args.split(" ")).startsWith(quoted ?? "?")).toBe(true);
  });
});
