import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";

it("writes one line in CloudWatch's embedded metric format, without the format of log lines", () => {
  const program = `
    import { createMetrics } from "./functions/platform/metrics.ts";
    createMetrics("authorizer", "/mcp-gateway/prod").count("ConfigParametersRefused", 2);
    createMetrics("authorizer", "/mcp-gateway/prod").count("ConfigReadFailed", 1);
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"] },
  });
  expect(stderr).toBe("");
  const lines = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines).toEqual(
    [
      { name: "ConfigParametersRefused", value: 2 },
      { name: "ConfigReadFailed", value: 1 },
    ].map(({ name, value }) => ({
      _aws: {
        Timestamp: expect.any(Number),
        CloudWatchMetrics: [
          {
            Namespace: "McpGateway",
            Dimensions: [["service", "gateway"]],
            Metrics: [{ Name: name, Unit: "Count" }],
          },
        ],
      },
      service: "mcp-gateway-authorizer",
      gateway: "/mcp-gateway/prod",
      [name]: value,
    })),
  );
});
