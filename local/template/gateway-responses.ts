// The gateway responses of a template: status, header mappings and body templates by response type.
import type { Template } from "./cloudformation.ts";
import { notSupported, resourcesOf, stringProperty } from "./properties.ts";
import { bodyTemplates, headerMappings } from "./response-mappings.ts";

/** One customised gateway response. */
export type GatewayResponseSpec = {
  /** undefined: the type's own status. */
  readonly status: number | undefined;
  /** Header name -> mapping expression. */
  readonly headers: Readonly<Record<string, string>>;
  /** Media type -> template. */
  readonly templates: Readonly<Record<string, string>>;
};

/** Reads all gateway responses by type. @throws TemplateFault for a mapping or template that API Gateway does not accept. */
export function readGatewayResponses(template: Template): Map<string, GatewayResponseSpec> {
  const responses = resourcesOf(template, "AWS::ApiGateway::GatewayResponse", {
    used: ["ResponseParameters", "ResponseTemplates", "ResponseType", "StatusCode"],
    harmless: ["RestApiId"],
  });
  return new Map(
    responses.map((resource) => {
      const { where, properties } = resource;
      const headers = headerMappings(properties.ResponseParameters, "gatewayresponse.header.", where);
      const templates = bodyTemplates(properties.ResponseTemplates, `${where} ResponseTemplates`);
      const other = Object.keys(templates).find((type) => type !== "application/json");
      if (other !== undefined) throw notSupported(`${where} ResponseTemplates ${other}`);
      const status = properties.StatusCode === undefined ? undefined : Number(properties.StatusCode);
      return [stringProperty(resource, "ResponseType"), { status, headers, templates }];
    }),
  );
}
