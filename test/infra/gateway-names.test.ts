import { describe, expect, it } from "vitest";
import { checkGatewayName, gatewayNames, stackName } from "../../infra/gateway-names.ts";

describe("names of a gateway", () => {
  it("contain its name and its stage", () => {
    expect(gatewayNames("team-b", "prod")).toEqual({
      gateway: "team-b-prod",
      configPrefix: "/team-b/prod",
      signingKeyAlias: "team-b/prod/identity-signing",
      sessionSecret: "team-b/prod/session-secret",
      rateLimitTableParameter: "/team-b.tables/prod/rate-limits",
      title: "MCP gateway team-b (prod)",
    });
    expect(stackName("team-b", "prod")).toBe("team-b-prod");
  });

  it("start with mcp-gateway by default", () => {
    expect(gatewayNames("mcp-gateway", "dev")).toMatchObject({
      configPrefix: "/mcp-gateway/dev",
      title: "MCP gateway (dev)",
    });
    expect(stackName("mcp-gateway", "dev")).toBe("McpGateway-dev");
  });
});

describe("checkGatewayName", () => {
  it.each(["mcp-gateway", "b", "team-2"])("accepts %s", (name) => {
    expect(checkGatewayName(name)).toBe(name);
  });

  it.each(["", "Team", "1st", "a/b", "aws-tools", "ssm", "x".repeat(32)])(
    "rejects %j with a message about valid names",
    (name) => {
      expect(() => checkGatewayName(name)).toThrow("The gateway's name must be 1 to 31 ");
    },
  );
});
