// The header mappings and body templates of a gateway response or of a MOCK integration's response.
import { checkTemplateText } from "../api-gateway/body-template.ts";
import { checkMapping } from "../api-gateway/mapping-expression.ts";
import { notSupported, stringMap } from "./properties.ts";

/**
 * Header name -> mapping expression.
 *
 * @param prefix what the names in `ResponseParameters` begin with
 * @throws TemplateFault for a mapping that API Gateway does not accept
 */
export function headerMappings(parameters: unknown, prefix: string, where: string): Record<string, string> {
  const at = `${where} ResponseParameters`;
  const headers = Object.entries(stringMap(parameters, at)).map(([name, mapping]) => {
    if (!name.startsWith(prefix)) throw notSupported(`${at} ${name}`);
    checkMapping(mapping, `${at} ${name}`);
    return [name.slice(prefix.length), mapping] as const;
  });
  return Object.fromEntries(headers);
}

/** Media type -> template. @throws TemplateFault for a template that API Gateway does not accept */
export function bodyTemplates(templates: unknown, where: string): Record<string, string> {
  const texts = stringMap(templates, where);
  for (const text of Object.values(texts)) checkTemplateText(text, where);
  return texts;
}
