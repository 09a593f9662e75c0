// Who may reach which tool, prompt or resource: one decision for calls and for lists, so that the two always agree, and one reading of
// what a message reaches for, so that the audit line names what was decided on.
import { nameFault } from "./canonical-name.ts";
import { plainPunctuation, templateText, uriFault } from "./canonical-uri.ts";
import { claimMatches } from "./claims.ts";
import type { AccessRule } from "./config/access-rules.ts";
import type { EffectiveServer } from "./config/effective-server.ts";
import type { McpMessage } from "./mcp-message.ts";
import { subjectOfMethod } from "./mcp-methods.ts";
import type { Principal } from "./principal.ts";

/** What a request reaches for. `name` is undefined where the request names nothing: rules then deny it. */
export type AccessTarget = {
  kind: "tool" | "prompt" | "resource" | "template" | "task";
  name: string | undefined;
};

/**
 * `hidden`: the caller's claims can never reach it, so it is answered as if it did not exist; `fault` says what is expected of a name
 * or URI that is not in its one form. `scopes`: signing in for all of the named scopes would reach it, so it stays listed. `rule` is
 * the pattern of the rule that decided.
 */
export type RuleDecision =
  | { type: "allowed" }
  | { type: "hidden"; rule?: string; fault?: string }
  | { type: "scopes"; rule: string; required: readonly string[] };

const ALLOWED: RuleDecision = { type: "allowed" };

/**
 * What a message reaches for, by any of the ways that the protocol has: calls, completion, subscriptions, tasks.
 *
 * @param message a client's message
 */
export function accessTargets({ method, params }: McpMessage): AccessTarget[] {
  const subject = subjectOfMethod(method);
  switch (subject) {
    case "none":
      return [];
    case "tool":
    case "prompt":
      return [{ kind: subject, name: text(params["name"]) }];
    case "resource":
      return [{ kind: "resource", name: text(params["uri"]) }];
    case "task":
      return [{ kind: "task", name: text(params["taskId"]) }];
    case "reference":
      return referenceTargets(params["ref"]);
    case "subscriptions":
      return subscriptionTargets(params);
  }
}

/**
 * Decides whether a caller may reach a target.
 *
 * @param target what is reached for
 * @param server the server with its rules
 * @param principal the caller
 */
export function decideAccessTo(
  target: AccessTarget,
  server: EffectiveServer,
  principal: Principal,
): RuleDecision {
  const rules = rulesFor(target.kind, server);
  if (rules === undefined) return ALLOWED;
  if (target.name === undefined) return { type: "hidden" };
  const judged = judgedText(target.kind, target.name);
  if (judged.fault !== undefined) return { type: "hidden", fault: judged.fault };
  let answer = ALLOWED;
  for (const rule of decidingRules(judged.text, judged.containers, rules)) {
    if (!rule.claimRules.every((claimRule) => claimMatches(principal.claims, claimRule)))
      return { type: "hidden", rule: rule.pattern };
    const lacksScopes = rule.requiredScopes.some((scope) => !principal.scopes.includes(scope));
    if (lacksScopes) answer = { type: "scopes", rule: rule.pattern, required: rule.requiredScopes };
  }
  return answer;
}

/** Whether the server has any rule: only then are methods checked and lists read. */
export function hasAccessRules({ toolRules, promptRules, resourceRules }: EffectiveServer): boolean {
  return toolRules !== undefined || promptRules !== undefined || resourceRules !== undefined;
}

function rulesFor(kind: AccessTarget["kind"], server: EffectiveServer): readonly AccessRule[] | undefined {
  switch (kind) {
    case "tool":
      return server.toolRules;
    case "prompt":
      return server.promptRules;
    case "resource":
    case "template":
      return server.resourceRules;
    case "task":
      return undefined;
  }
}

/** What rules are applied to: the text itself, and for a URI also what it is a part of. */
type Judged = { fault: string } | { fault?: undefined; text: string; containers: readonly string[] };

function judgedText(kind: AccessTarget["kind"], name: string): Judged {
  switch (kind) {
    case "resource": {
      const fault = uriFault(name);
      if (fault !== undefined) return { fault };
      const text = plainPunctuation(name);
      return { text, containers: containersOf(text) };
    }
    case "template": {
      const text = templateText(name);
      return text === undefined
        ? { fault: "that makes URIs in their one form" }
        : { text, containers: containersOf(text) };
    }
    default: {
      const fault = nameFault(name);
      return fault === undefined ? { text: name, containers: [] } : { fault };
    }
  }
}

/**
 * The rule for a text, and the rules for what it is a part of where these take precedence: a server that ignores a port, a query or a
 * closing slash would otherwise read a resource that is forbidden without it.
 */
function decidingRules(
  text: string,
  containers: readonly string[],
  rules: readonly AccessRule[],
): AccessRule[] {
  const own = precedence(text, rules);
  // Every tool and prompt, in lists of hundreds.
  if (containers.length === 0) return rules.slice(own, own + 1);
  const others = containers.map((container) => precedence(container, rules)).filter((at) => at < own);
  return [own, ...others].flatMap((at) => rules[at] ?? []);
}

function precedence(name: string, rules: readonly AccessRule[]): number {
  const at = rules.findIndex(({ appliesTo }) => appliesTo(name));
  return at === -1 ? rules.length : at;
}

/** Without the query, and without a closing slash; and all of these without the port. */
function containersOf(uri: string): string[] {
  const path = uri.replace(/\?.*/, "");
  const forms = [uri, path, path.replace(/\/$/, "")];
  return [...new Set([...forms, ...forms.map(withoutPort)])].slice(1);
}

// Servers of schemes of their own take the host for a folder (`URL.hostname`) and never look at the port.
function withoutPort(uri: string): string {
  return uri.replace(/^([^/]*\/\/(?:\[[^\]]*\]|[^/:?]*)):\d+/, "$1");
}

function referenceTargets(ref: unknown): AccessTarget[] {
  const { type, name, uri } = members(ref);
  if (type === "ref/resource") return [{ kind: "template", name: text(uri) }];
  if (type === "ref/prompt") return [{ kind: "prompt", name: text(name) }];
  // What a reference of another kind names is not known: it needs permission as each of them.
  return [
    { kind: "prompt", name: text(name) },
    { kind: "tool", name: text(name) },
    { kind: "template", name: text(uri) },
  ];
}

function subscriptionTargets(params: Record<string, unknown>): AccessTarget[] {
  const notifications = members(params["notifications"]);
  const uris = notifications["resourceSubscriptions"];
  // Readers that copy members by assignment take those of a `__proto__` for the object's own: no list here may be one there.
  if ([params, notifications].some((object) => Object.hasOwn(object, "__proto__")))
    return [{ kind: "resource", name: undefined }];
  if (uris === undefined) return [];
  // What is not a list names nothing that could be judged.
  return [uris].flat().map((uri) => ({ kind: "resource", name: text(uri) }));
}

function members(value: unknown): Record<string, unknown> {
  return value !== null && typeof value === "object" ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
