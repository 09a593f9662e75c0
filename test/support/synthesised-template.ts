// Synthesises a gateway without bundling its functions, and reads the template in words a test can state literally.
import { Template } from "aws-cdk-lib/assertions";
import type { ConfigSource } from "../../infra/config-source.ts";
import type { McpGatewayProps } from "../../infra/constructs/mcp-gateway-props.ts";
import { McpGatewayStack } from "../../infra/constructs/mcp-gateway-stack.ts";
import { addGateway, newApp } from "../../infra/gateway-app.ts";
import { GatewayConfig } from "../../infra/gateway-config.ts";
import type { GatewaySettings } from "../../infra/gateway-props.ts";
import { deployedTemplate, type TemplateJson } from "./deployed-template.ts";

const GATEWAY = { descope: { project_id: "P2exampleproject0000000000", mcp_server_id: "MSexampleserver" } };

/** A configuration source in memory; without arguments the smallest valid one. */
export function configSource(
  gateway: object = GATEWAY,
  servers: Record<string, object> = { notes: {} },
): ConfigSource {
  return {
    gateway: { file: "config/gateway.json", text: JSON.stringify({ ...GATEWAY, ...gateway }) },
    servers: Object.entries(servers).map(([name, server]) => ({
      name,
      file: `config/servers/${name}.json`,
      text: JSON.stringify({ url: `https://${name}.example/mcp`, ...server }),
    })),
  };
}

/** The template of a gateway of stage `dev` with the smallest configuration, unless said otherwise, as a new stack has it. */
export function synthesise(options: Partial<GatewaySettings> = {}): Template {
  return Template.fromJSON(deployedTemplate(templateJson(options)));
}

/** The same with its parameters and conditions. */
export function templateJson(options: Partial<GatewaySettings> = {}): TemplateJson {
  const app = newApp();
  const stack = addGateway(app, { stage: "dev", configSource: configSource(), ...options });
  return Template.fromStack(stack).toJSON() as TemplateJson;
}

/** The template of a gateway of stage `dev` with the smallest configuration and these properties, with parameters and conditions. */
export function templateOfProps(props: Partial<McpGatewayProps>): TemplateJson {
  const config = GatewayConfig.fromSource(configSource());
  const stack = new McpGatewayStack(newApp(), "Stack", { stage: "dev", config, ...props });
  return Template.fromStack(stack).toJSON() as TemplateJson;
}

/** Text with `<Name>` for references, from a template value of Fn::Join, Ref and Fn::GetAtt. */
export function flat(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  const { Ref, "Fn::GetAtt": attribute, "Fn::Join": join } = value as Record<string, unknown>;
  if (typeof Ref === "string") return `<${Ref.replace(/[0-9A-F]{8}$/, "")}>`;
  if (Array.isArray(attribute))
    return `<${String(attribute[0]).replace(/[0-9A-F]{8}$/, "")}.${attribute[1]}>`;
  if (Array.isArray(join)) return join[1].map(flat).join(join[0]);
  throw new Error(`not an intrinsic of a kind known here: ${JSON.stringify(value)}`);
}

/** The properties of all resources of a type, by the part of the logical id before its hash. */
export function resources(template: Template, type: string): Record<string, Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(template.findResources(type)).map(([id, { Properties }]) => [
      id.replace(/[0-9A-F]{8}$/, ""),
      Properties,
    ]),
  );
}
