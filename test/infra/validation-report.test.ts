import { Annotations } from "aws-cdk-lib";
import { describe, expect, it } from "vitest";
import { newCheckedApp } from "../../infra/checked-app.ts";
import { addGateway } from "../../infra/gateway-app.ts";
import { reportedWarnings } from "../../infra/validation-report.ts";

describe("reportedWarnings", () => {
  it("returns the warnings that do not fail the synthesis", () => {
    const app = newCheckedApp();
    const stack = addGateway(app, { stage: "dev", configSource: undefined });
    Annotations.of(stack).addWarningV2("test:warning", "something is not as it should be");
    expect(reportedWarnings(app.synth().directory)).toEqual([
      expect.stringContaining("something is not as it should be"),
    ]);
  });
});
