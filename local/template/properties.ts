// Reads a resource's properties by name and rejects unread ones: a property that API Gateway or Lambda would use and the local
// run does not support is an error at start.
import type { Template } from "./cloudformation.ts";
import { createResolver, type Resolver } from "./intrinsics.ts";
import { TemplateFault } from "./template-fault.ts";

/** A resource of one type with its properties resolved. */
export type ResolvedResource = {
  readonly id: string;
  /** Its name in errors: `LogicalId (AWS::Type)`. */
  readonly where: string;
  readonly properties: Readonly<Record<string, unknown>>;
};

/** How the local run treats the properties of one resource type. */
export type PropertyUse = {
  /** Supported. */
  readonly used: readonly string[];
  /** Without effect on a request: names, tags, logging, cost. */
  readonly harmless: readonly string[];
};

/** Resolves all resources of a type, except those whose condition is false. */
export function resourcesOf(template: Template, type: string, use: PropertyUse): ResolvedResource[] {
  const resolve = createResolver(template);
  return Object.entries(template.Resources)
    .filter(([, resource]) => resource.Type === type)
    .filter(([id, { Condition }]) => Condition === undefined || resolve({ Condition }, id))
    .map(([id, resource]) => {
      const where = `${id} (${type})`;
      return { id, where, properties: resolveUsed(resource.Properties ?? {}, where, use, resolve) };
    });
}

function resolveUsed(
  properties: Readonly<Record<string, unknown>>,
  where: string,
  { used, harmless }: PropertyUse,
  resolve: Resolver,
): Record<string, unknown> {
  const resolved: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(properties)) {
    if (harmless.includes(name)) continue;
    if (!used.includes(name)) throw notSupported(`${where} ${name}`);
    resolved[name] = resolve(value, `${where} ${name}`);
  }
  return resolved;
}

/** The error for a feature that the local run does not support. */
export function notSupported(where: string, what = "is not supported by the local run"): TemplateFault {
  return new TemplateFault(
    where,
    `${what}. Remove it from the stack, or add support for it to local/ first.`,
  );
}

/** Rejects keys of a nested object that are not read. */
export function onlyKeys(value: object, keys: readonly string[], where: string): void {
  for (const key of Object.keys(value)) if (!keys.includes(key)) throw notSupported(`${where}.${key}`);
}

/** A property that must be a string. */
export function stringProperty(resource: ResolvedResource, name: string): string {
  const value = resource.properties[name];
  if (typeof value === "string" && value !== "") return value;
  throw new TemplateFault(`${resource.where} ${name}`, "a string was expected");
}

/** An optional property that must be a map of strings. */
export function stringMap(value: unknown, where: string): Record<string, string> {
  if (value === undefined) return {};
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TemplateFault(where, "an object was expected");
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, String(item)]));
}
