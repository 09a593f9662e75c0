import { describe, expect, it } from "vitest";
import { deploymentOf } from "../../cli/deployed-config.ts";
import { snapshotOfDeployment, snapshotOfDirectory } from "../../cli/snapshot-source.ts";
import { configDirectory } from "../support/config-directory.ts";
import { configParameters } from "../support/gateway-config.ts";
import { parameterStoreDouble } from "../support/parameter-store-double.ts";

const GATEWAY = { descope: { project_id: "P2abc", mcp_server_id: "MS2abc" } };
const SERVER = { url: "https://tools.example.com/mcp" };
const double = parameterStoreDouble();

describe("snapshotOfDirectory", () => {
  it("returns the snapshot that the functions would use", () => {
    const dir = configDirectory({ "gateway.json": GATEWAY, "servers/tools.json": SERVER });
    const { servers } = snapshotOfDirectory(dir, "https://mcp.example.com");
    expect(servers.get("tools")?.tokenRules.descopeIssuers).toMatchObject({
      own: "https://api.descope.com/v1/apps/agentic/P2abc/MS2abc",
      audiences: [
        "https://mcp.example.com",
        "https://mcp.example.com/mcp",
        "https://mcp.example.com/tools/mcp",
      ],
    });
  });

  it("rejects invalid files, naming each error", () => {
    const dir = configDirectory({ "gateway.json": GATEWAY, "servers/tools.json": { url: 7, enabled: "no" } });
    expect(() => snapshotOfDirectory(dir)).toThrow(
      /^the configuration is invalid:\n {2}servers\/tools: url: expected .*\n {2}servers\/tools: enabled: expected/,
    );
  });
});

describe("snapshotOfDeployment", () => {
  it("reads the parameters below the prefix", async () => {
    for (const { name, text } of configParameters()) double.parameters.put(`/mcp-gateway/prod/${name}`, text);
    const { servers } = await snapshotOfDeployment(deploymentOf({ prefix: "/mcp-gateway/prod" }));
    expect([...servers.keys()]).toEqual(["closed", "tools"]);
  });

  it("rejects a missing configuration", async () => {
    await expect(snapshotOfDeployment(deploymentOf({ prefix: "/mcp-gateway/prod" }))).rejects.toThrow(
      "no parameters exist below /mcp-gateway/prod in the Region us-east-1. Check --prefix, AWS_REGION and AWS_PROFILE.",
    );
  });
});
