// Evaluates an authorizer's policy for the method's ARN by IAM's rules: an explicit deny wins, and the default is deny.
// Conditions and the Not- elements are rejected instead of being ignored.
import { isJsonObject } from "../../functions/core/json.ts";

/** The result of the policy, or why it is invalid. */
export type PolicyVerdict =
  | { readonly verdict: "allow" | "explicit_deny" | "implicit_deny" }
  | { readonly verdict: "invalid"; readonly fault: string };

const INVOKE = "execute-api:Invoke";
// "The Resource ARN in the policy statement is limited to 512 characters."
const MAX_RESOURCE_LENGTH = 512;

type Statement = { effect: "Allow" | "Deny"; actions: string[]; resources: string[] };

/** Evaluates a policy document for one method ARN. */
export function evaluatePolicy(document: unknown, methodArn: string): PolicyVerdict {
  const parsed = readStatements(document);
  if (typeof parsed === "string") return { verdict: "invalid", fault: parsed };
  const matching = parsed.filter(
    ({ actions, resources }) =>
      actions.some((action) => wildcard(action.toLowerCase(), INVOKE.toLowerCase())) &&
      resources.some((resource) => wildcard(resource, methodArn)),
  );
  if (matching.some(({ effect }) => effect === "Deny")) return { verdict: "explicit_deny" };
  return { verdict: matching.length > 0 ? "allow" : "implicit_deny" };
}

function readStatements(document: unknown): Statement[] | string {
  if (!isJsonObject(document)) return "policyDocument must be an object";
  const { Statement } = document;
  const statements = Array.isArray(Statement) ? Statement : [Statement];
  const read = statements.map(readStatement);
  return read.find((statement) => typeof statement === "string") ?? (read as Statement[]);
}

function readStatement(statement: unknown): Statement | string {
  if (!isJsonObject(statement)) return "a policy statement must be an object";
  for (const key of Object.keys(statement)) {
    if (!["Sid", "Effect", "Action", "Resource"].includes(key))
      return `${key} is not supported by the local run`;
  }
  const { Effect } = statement;
  if (Effect !== "Allow" && Effect !== "Deny") return "Effect must be Allow or Deny";
  const actions = strings(statement.Action);
  const resources = strings(statement.Resource);
  if (actions === undefined || resources === undefined) return "Action and Resource must be strings";
  const long = resources.find((resource) => resource.length > MAX_RESOURCE_LENGTH);
  if (long !== undefined) return `a Resource is longer than ${MAX_RESOURCE_LENGTH} characters`;
  return { effect: Effect, actions, resources };
}

function strings(value: unknown): string[] | undefined {
  const list = Array.isArray(value) ? value : [value];
  return list.length > 0 && list.every((item) => typeof item === "string") ? list : undefined;
}

/** IAM's wildcards: `*` matches any characters including `/`, `?` matches one. The time is linear in the product of both lengths. */
export function wildcard(pattern: string, text: string): boolean {
  let [at, position, star, resume] = [0, 0, -1, 0];
  while (position < text.length) {
    if (pattern[at] === "*") {
      star = at;
      at += 1;
      resume = position;
    } else if (pattern[at] === "?" || (at < pattern.length && pattern[at] === text[position])) {
      at += 1;
      position += 1;
    } else if (star === -1) {
      return false;
    } else {
      at = star + 1;
      resume += 1;
      position = resume;
    }
  }
  return /^\**$/.test(pattern.slice(at));
}
