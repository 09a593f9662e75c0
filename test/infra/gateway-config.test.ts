import { join } from "node:path";
import { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { describe, expect, it } from "vitest";
import { McpGateway } from "../../infra/constructs/mcp-gateway.ts";
import { GatewayConfig } from "../../infra/gateway-config.ts";
import { resources } from "../support/synthesised-template.ts";

const GATEWAY = { descope: { project_id: "P2realproject000000000000", mcp_server_id: "MSrealserver" } };

function templateOf(config: GatewayConfig): Template {
  const stack = new Stack(new App({ autoSynth: false }), "Stack");
  new McpGateway(stack, "Gateway", { stage: "dev", config });
  return Template.fromStack(stack);
}

/** name -> whether it stays with the account */
function parameters(template: Template): [unknown, string | undefined][] {
  return Object.values(template.findResources("AWS::SSM::Parameter")).map(
    ({ Properties, DeletionPolicy }) => [Properties.Name, DeletionPolicy],
  );
}

describe("a configuration", () => {
  it("from an object becomes one parameter for the gateway and one for each server", () => {
    const config = GatewayConfig.fromObject({
      gateway: GATEWAY,
      servers: { notes: { url: "https://notes.acme.com/mcp" } },
    });
    expect(parameters(templateOf(config))).toEqual([
      ["/mcp-gateway/dev/gateway", undefined],
      ["/mcp-gateway/dev/servers/notes", undefined],
    ]);
  });

  it("stays in Parameter Store if it is retained", () => {
    const config = GatewayConfig.fromObject({ gateway: GATEWAY, servers: {} }, { retain: true });
    expect(parameters(templateOf(config))).toEqual([["/mcp-gateway/dev/gateway", "Retain"]]);
  });

  it("from a directory reports its errors by file and line", () => {
    expect(() => GatewayConfig.fromDirectory(join(import.meta.dirname, "missing"))).toThrow(
      "no such directory",
    );
  });

  it("from an object reports its errors by file and line", () => {
    const config = GatewayConfig.fromObject({ gateway: { ...GATEWAY, public_url: "no url" }, servers: {} });
    expect(() => templateOf(config)).toThrow(/gateway\.json:6: public_url: /);
  });

  it("that is external is read from its own prefix, without parameters in the stack", () => {
    const template = templateOf(GatewayConfig.external("/team/mcp"));
    expect(parameters(template)).toEqual([]);
    const { Environment } = resources(template, "AWS::Lambda::Function")["GatewayProxyFunction"] ?? {};
    expect(Environment).toMatchObject({ Variables: { CONFIG_PREFIX: "/team/mcp" } });
    expect(JSON.stringify(template.findResources("AWS::IAM::Policy"))).toContain(":parameter/team/mcp");
  });

  it.each(["team/mcp", "/team/mcp/", "/team mcp", "/aws/mcp", ""])("rejects the prefix %j", (prefix) => {
    expect(() => GatewayConfig.external(prefix)).toThrow(
      'The prefix must be an SSM path such as "/team/mcp"',
    );
  });
});
