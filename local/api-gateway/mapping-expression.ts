// The right-hand side of a header mapping in a gateway response or MOCK integration: one quoted literal or one
// variable. No concatenation and no functions, as on AWS.
import { notSupported } from "../template/properties.ts";
import { TemplateFault } from "../template/template-fault.ts";
import { contextVariable, isContextVariable, type RequestState } from "./context-variables.ts";
import { headerValue, lastValues } from "./header-maps.ts";

const LITERAL = /^'([^']*)'$/;
const VARIABLE = /^(method\.request\.(?:header|querystring|path)|context|stageVariables)\.(.+)$/;

/** Rejects a mapping that API Gateway does not accept or document. */
export function checkMapping(expression: string, where: string): void {
  if (LITERAL.test(expression)) return;
  const [, source, name = ""] = VARIABLE.exec(expression) ?? [];
  if (source === undefined) {
    throw new TemplateFault(
      where,
      `'literal', method.request.header.X, context.X or stageVariables.X was expected, but it is ${expression}`,
    );
  }
  if (source !== "context") return;
  if (name.startsWith("authorizer.")) {
    throw notSupported(
      `${where} ${expression}`,
      "context.authorizer is not documented as a source of headers",
    );
  }
  if (!isContextVariable(name)) throw notSupported(`${where} ${expression}`);
}

/** The headers of a gateway response or MOCK integration; a mapping without a value omits its header. */
export function mappedHeaders(
  mappings: Readonly<Record<string, string>>,
  state: RequestState,
): [name: string, value: string][] {
  return Object.entries(mappings).flatMap(([name, mapping]) => {
    const value = mappedValue(mapping, state);
    return value === undefined ? [] : [[name, value]];
  });
}

function mappedValue(expression: string, state: RequestState): string | undefined {
  const literal = LITERAL.exec(expression)?.[1];
  if (literal !== undefined) return literal;
  const [, source, name = ""] = VARIABLE.exec(expression) ?? [];
  switch (source) {
    case "method.request.header":
      return headerValue(state.request.headers, name);
    case "method.request.querystring":
      return lastValues(state.request.query)[name];
    case "method.request.path":
      return state.route?.pathParameters[name];
    case "stageVariables":
      return state.api.stageVariables[name];
    default:
      return contextVariable(name, state);
  }
}
