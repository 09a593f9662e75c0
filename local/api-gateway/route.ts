// Finds the resource and method for a path. A literal segment takes precedence over a {parameter}, a named method over ANY.
// Segments are compared raw: an encoded spelling of a literal is a different path. One slash at the end of a path is ignored.
import type { ApiMethod } from "../template/methods.ts";
import type { ApiResource, RestApi } from "../template/rest-api.ts";
import type { RequestState } from "./context-variables.ts";

export type Route = {
  readonly resource: ApiResource;
  readonly method: ApiMethod;
  /** Decoded, as "REST APIs decode URL-encoded request parameters". */
  readonly pathParameters: Readonly<Record<string, string>>;
};

/** A request to an API, with its route once it is known. */
export type ApiState = RequestState & { readonly api: RestApi; readonly route?: Route | undefined };

/** Finds the most specific route; undefined if the resource or the method does not exist. */
export function findRoute(api: RestApi, httpMethod: string, path: string): Route | undefined {
  const segments = path === "/" ? [] : path.slice(1).replace(/\/$/, "").split("/");
  const [resource] = api.resources
    .filter((candidate) => candidate.methods.size > 0 && matches(candidate.segments, segments))
    .sort((a, b) => specificity(b).localeCompare(specificity(a)));
  const method = resource?.methods.get(httpMethod) ?? resource?.methods.get("ANY");
  if (resource === undefined || method === undefined) return undefined;
  const parameters = resource.segments.flatMap((pattern, index) =>
    isParameter(pattern) ? [[pattern.slice(1, -1), decoded(segments[index] ?? "")] as const] : [],
  );
  return { resource, method, pathParameters: Object.fromEntries(parameters) };
}

function matches(pattern: readonly string[], segments: readonly string[]): boolean {
  return (
    pattern.length === segments.length &&
    pattern.every((part, index) => (isParameter(part) ? segments[index] !== "" : part === segments[index]))
  );
}

// "1" for a literal, "0" for a parameter, leftmost first: "11" before "10" before "01".
function specificity({ segments }: ApiResource): string {
  return segments.map((segment) => (isParameter(segment) ? "0" : "1")).join("");
}

function isParameter(segment: string): boolean {
  return segment.startsWith("{");
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
