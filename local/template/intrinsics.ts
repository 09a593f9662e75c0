// Resolves CloudFormation's intrinsic functions to plain values, as they would be after a deployment. Unlisted functions are
// errors: an omitted or guessed value would make the local run differ from AWS.
import type { Template } from "./cloudformation.ts";
import { attributeOf, PSEUDO_PARAMETERS, referenceTo } from "./local-values.ts";
import { TemplateFault } from "./template-fault.ts";

/** Resolves any value of one template; `where` names it in errors. */
export type Resolver = (value: unknown, where: string) => unknown;

const NO_VALUE = Symbol("AWS::NoValue");

export function createResolver(template: Template): Resolver {
  const resolve = (value: unknown, where: string): unknown => {
    if (Array.isArray(value)) {
      return value.map((item) => resolve(item, where)).filter((item) => item !== NO_VALUE);
    }
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value);
    const [only] = entries;
    if (entries.length === 1 && only !== undefined && isIntrinsic(only[0])) {
      return apply(only[0], only[1], where);
    }
    const resolved = entries.map(([key, item]) => [key, resolve(item, `${where}.${key}`)] as const);
    return Object.fromEntries(resolved.filter(([, item]) => item !== NO_VALUE));
  };

  const text = (value: unknown, where: string): string => {
    const resolved = resolve(value, where);
    if (typeof resolved === "string" || typeof resolved === "number" || typeof resolved === "boolean") {
      return String(resolved);
    }
    throw new TemplateFault(where, `expected a string, but ${JSON.stringify(value)} does not resolve to one`);
  };

  const list = (value: unknown, where: string): unknown[] => {
    const resolved = resolve(value, where);
    if (Array.isArray(resolved)) return resolved;
    throw new TemplateFault(where, `expected a list, but ${JSON.stringify(value)} does not resolve to one`);
  };

  const propertyOf = (id: string) => (name: string) => {
    const property = template.Resources[id]?.Properties?.[name];
    return property === undefined ? undefined : resolve(property, `${id}.${name}`);
  };

  const reference = (name: string, where: string): unknown => {
    if (name === "AWS::NoValue") return NO_VALUE;
    const pseudo = PSEUDO_PARAMETERS[name];
    if (pseudo !== undefined) return pseudo;
    const parameter = template.Parameters?.[name];
    if (parameter !== undefined) {
      if (parameter.Default !== undefined) return parameter.Default;
      throw new TemplateFault(where, `the template parameter ${name} has no default and no value`);
    }
    const resource = template.Resources[name];
    if (resource === undefined) throw new TemplateFault(where, `Ref names ${name}, which does not exist`);
    return referenceTo(name, resource, propertyOf(name));
  };

  const attribute = (target: unknown, where: string): string => {
    const [id, ...path] = Array.isArray(target) ? target.map(String) : String(target).split(".");
    const resource = id === undefined ? undefined : template.Resources[id];
    if (id === undefined || resource === undefined) {
      throw new TemplateFault(where, `Fn::GetAtt names ${JSON.stringify(target)}, which does not exist`);
    }
    return attributeOf(id, resource, path.join("."), propertyOf(id));
  };

  const substitute = (argument: unknown, where: string): string => {
    const [pattern, variables] = Array.isArray(argument) ? argument : [argument, {}];
    const own = (variables ?? {}) as Record<string, unknown>;
    return String(pattern).replace(/\$\{(!?)([^}]+)\}/g, (_match, literal: string, name: string) => {
      if (literal === "!") return `\${${name}}`;
      if (Object.hasOwn(own, name)) return text(own[name], where);
      return name.includes(".") ? attribute(name, where) : text({ Ref: name }, where);
    });
  };

  const condition = (name: string, where: string): boolean => {
    const expression = template.Conditions?.[name];
    if (expression === undefined) throw new TemplateFault(where, `condition ${name} does not exist`);
    return Boolean(resolve(expression, `condition ${name}`));
  };

  const apply = (name: string, argument: unknown, where: string): unknown => {
    switch (name) {
      case "Ref":
        return reference(String(argument), where);
      case "Fn::GetAtt":
        return attribute(argument, where);
      case "Fn::Sub":
        return substitute(argument, where);
      case "Fn::Join": {
        const [separator, items] = argument as [string, unknown];
        return list(items, where).join(separator);
      }
      case "Fn::Split": {
        const [separator, value] = argument as [string, unknown];
        return text(value, where).split(separator);
      }
      case "Fn::Select": {
        const [index, items] = argument as [unknown, unknown];
        const chosen = list(items, where)[Number(text(index, where))];
        if (chosen === undefined) throw new TemplateFault(where, "Fn::Select is out of range");
        return chosen;
      }
      case "Fn::If": {
        const [name, yes, no] = argument as [string, unknown, unknown];
        return resolve(condition(name, where) ? yes : no, where);
      }
      case "Condition":
        return condition(String(argument), where);
      case "Fn::Equals": {
        const [left, right] = argument as [unknown, unknown];
        return text(left, where) === text(right, where);
      }
      case "Fn::Not":
        return !list(argument, where)[0];
      case "Fn::And":
        return list(argument, where).every(Boolean);
      case "Fn::Or":
        return list(argument, where).some(Boolean);
      default:
        throw new TemplateFault(where, `${name} is not supported by the local run`);
    }
  };

  return (value, where) => {
    const resolved = resolve(value, where);
    return resolved === NO_VALUE ? undefined : resolved;
  };
}

// A key "Condition" with a string is an intrinsic only inside Conditions; in IAM, "Condition" is an object.
function isIntrinsic(key: string): boolean {
  return key === "Ref" || key === "Condition" || key.startsWith("Fn::");
}
