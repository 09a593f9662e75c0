// The gateway responses of a template: status, header mappings and body templates by response type.
import { checkTemplateText } from "../api-gateway/body-template.ts";
import { checkMapping } from "../api-gateway/mapping-expression.ts";
import type { Template } from "./cloudformation.ts";
import { notSupported, resourcesOf, stringMap, stringProperty } from "./properties.ts";

/** One customised gateway response. */
export type GatewayResponseSpec = {
  /** undefined: the type's own status. */
  readonly status: number | undefined;
  /** Header name -> mapping expression. */
  readonly headers: Readonly<Record<string, string>>;
  /** Media type -> template. */
  readonly templates: Readonly<Record<string, string>>;
};

const HEADER_PREFIX = "gatewayresponse.header.";

/** Reads all gateway responses by type. @throws TemplateFault for a mapping or template that API Gateway does not accept. */
export function readGatewayResponses(template: Template): Map<string, GatewayResponseSpec> {
  const responses = resourcesOf(template, "AWS::ApiGateway::GatewayResponse", {
    used: ["ResponseParameters", "ResponseTemplates", "ResponseType", "StatusCode"],
    harmless: ["RestApiId"],
  });
  return new Map(
    responses.map((resource) => {
      const { where, properties } = resource;
      const parameters = stringMap(properties.ResponseParameters, `${where} ResponseParameters`);
      const headers = Object.entries(parameters).map(([name, mapping]) => {
        if (!name.startsWith(HEADER_PREFIX)) throw notSupported(`${where} ResponseParameters ${name}`);
        checkMapping(mapping, `${where} ${name}`);
        return [name.slice(HEADER_PREFIX.length), mapping] as const;
      });
      const templates = stringMap(properties.ResponseTemplates, `${where} ResponseTemplates`);
      for (const [type, text] of Object.entries(templates)) {
        if (type !== "application/json") throw notSupported(`${where} ResponseTemplates ${type}`);
        checkTemplateText(text, `${where} ResponseTemplates`);
      }
      const status = properties.StatusCode === undefined ? undefined : Number(properties.StatusCode);
      return [
        stringProperty(resource, "ResponseType"),
        { status, headers: Object.fromEntries(headers), templates },
      ];
    }),
  );
}
