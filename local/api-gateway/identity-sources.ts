// Identity sources of a REQUEST authorizer: their values are the cache key, and when one is missing or empty the response
// is 401 without the function running.
import { TemplateFault } from "../template/template-fault.ts";
import { contextVariable, isContextVariable, type RequestState } from "./context-variables.ts";
import { headerValue, lastValues } from "./header-maps.ts";

const SOURCE = /^(method\.request\.header|method\.request\.querystring|stageVariables|context)\.(.+)$/;

/** Rejects values that API Gateway does not accept as identity sources, such as path parameters. */
export function checkIdentitySource(source: string, where: string): void {
  const [, kind, name = ""] = SOURCE.exec(source) ?? [];
  if (kind === undefined || (kind === "context" && !isContextVariable(name))) {
    throw new TemplateFault(
      where,
      `a header, query parameter, stage variable or context variable was expected, but it is ${source}`,
    );
  }
}

/** Values of all sources in order; undefined when one of them is missing or empty. */
export function identityValues(sources: readonly string[], state: RequestState): string[] | undefined {
  const values: string[] = [];
  for (const source of sources) {
    const value = sourceValue(source, state);
    if (value === undefined || value === "") return undefined;
    values.push(value);
  }
  return values;
}

function sourceValue(source: string, state: RequestState): string | undefined {
  const [, kind, name = ""] = SOURCE.exec(source) ?? [];
  switch (kind) {
    case "method.request.header":
      return headerValue(state.request.headers, name);
    case "method.request.querystring":
      return lastValues(state.request.query)[name];
    case "stageVariables":
      return state.api.stageVariables[name];
    default:
      return contextVariable(name, state);
  }
}
