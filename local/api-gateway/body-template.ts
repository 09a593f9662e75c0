// Body templates of gateway responses and MOCK integrations: plain substitution of $context and $stageVariables. No VTL:
// a template with directives or $input is an error at start. Values are inserted without escaping, as on AWS.
import { notSupported } from "../template/properties.ts";
import { contextVariable, isContextVariable, type RequestState } from "./context-variables.ts";

const REFERENCE =
  /\$(?:(context|stageVariables)\.([A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*)|\{[^}]*\}|[A-Za-z!]\w*)/g;
const DIRECTIVE = /#(?:set|if|else|elseif|end|foreach|parse|include|macro|stop|define|evaluate|\[\[|#|\*)/;

/** Rejects a template that needs more than plain substitution. */
export function checkTemplateText(template: string, where: string): void {
  const directive = DIRECTIVE.exec(template)?.[0];
  if (directive !== undefined) throw notSupported(`${where}: ${directive}`);
  for (const [reference, source, name = ""] of template.matchAll(REFERENCE)) {
    if (source === undefined) throw notSupported(`${where}: ${reference}`);
    if (source === "context" && !isContextVariable(name)) throw notSupported(`${where}: ${reference}`);
  }
}

/** Fills in a template; a variable without a value becomes an empty string. */
export function filledTemplate(template: string, state: RequestState): string {
  return template.replace(REFERENCE, (_reference, source: string, name: string) =>
    source === "context" ? (contextVariable(name, state) ?? "") : (state.api.stageVariables[name] ?? ""),
  );
}
