// Curation and access rules for tools, prompts and resources. Calls and lists use the same decision, so that they always agree. The audit line
// names the targets that this module read from the message.
import { nameFault } from "./canonical-name.ts";
import { plainPunctuation, templateText, uriFault } from "./canonical-uri.ts";
import { claimMatches } from "./claims.ts";
import type { AccessRule } from "./config/access-rules.ts";
import type { KindCuration } from "./config/curation.ts";
import type { EffectiveServer } from "./config/effective-server.ts";
import { objectOrEmpty } from "./json.ts";
import type { McpMessage } from "./mcp-message.ts";
import { subjectOfMethod } from "./mcp-methods.ts";
import type { Principal } from "./principal.ts";

/** The target of a request. `name` is undefined if the request names none; rules then deny it. */
export type AccessTarget = {
  kind: "tool" | "prompt" | "resource" | "template" | "task";
  name: string | undefined;
};

/**
 * `hidden`: the caller's claims never allow it, so the response is that of an unknown name; `claim` is the first that does not satisfy the
 * rule, and `fault` says what is expected of a name or URI that is not in canonical form. `scopes`: signing in for all of these scopes
 * would allow it, so it stays listed; `missing` are those that the token lacks. `rule` is the pattern of the rule that decided.
 * `setting` is the setting of the curation that decided, such as `tools.deny`, with `rule` as its pattern.
 */
export type RuleDecision =
  | { type: "allowed" }
  | { type: "hidden"; rule?: string; claim?: string; fault?: string; setting?: string }
  | { type: "scopes"; rule: string; required: readonly string[]; missing: readonly string[] };

const ALLOWED: RuleDecision = { type: "allowed" };

/** The targets of a message, by every way that the protocol has: calls, completion, subscriptions, tasks. */
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

/** Decides for one caller about one target. */
export function decideAccessTo(
  target: AccessTarget,
  server: EffectiveServer,
  principal: Principal,
): RuleDecision {
  return accessDecider(target.kind, server, principal)(target.name);
}

/**
 * Decides for one caller about several targets of one kind, such as the entries of a list: each rule is applied to the caller once.
 *
 * @returns the decision by the target's name
 */
export function accessDecider(
  kind: AccessTarget["kind"],
  server: EffectiveServer,
  principal: Principal,
): (name: string | undefined) => RuleDecision {
  const rules = rulesFor(kind, server);
  const curation = curationFor(kind, server);
  if (rules === undefined && curation === undefined) return () => ALLOWED;
  const setting = curation && { setting: curation.key };
  const byRule = new Map<AccessRule, RuleDecision>();
  const decisionBy = (rule: AccessRule): RuleDecision => {
    const decision = byRule.get(rule) ?? decisionOf(rule, principal);
    byRule.set(rule, decision);
    return decision;
  };
  return (name) => {
    if (name === undefined) return { type: "hidden", ...setting };
    const comparable = comparableText(kind, name);
    if (comparable.fault !== undefined) return { type: "hidden", fault: comparable.fault, ...setting };
    const curated = curation && curatedDecision(comparable, curation, server);
    if (curated !== undefined) return curated;
    let decision = ALLOWED;
    for (const rule of decidingRules(comparable.text, comparable.containers, rules ?? [])) {
      const said = decisionBy(rule);
      if (said.type === "hidden") return said;
      if (said.type === "scopes") decision = said;
    }
    return decision;
  };
}

/** What a rule says about a caller, for every target that it applies to. */
function decisionOf({ pattern, claimRules, requiredScopes }: AccessRule, principal: Principal): RuleDecision {
  const failed = claimRules.find((claimRule) => !claimMatches(principal.claims, claimRule));
  if (failed !== undefined) return { type: "hidden", rule: pattern, claim: failed.claim };
  const missing = requiredScopes.filter((scope) => !principal.scopes.includes(scope));
  return missing.length > 0 ? { type: "scopes", rule: pattern, required: requiredScopes, missing } : ALLOWED;
}

/** What the curation denies; undefined if it denies nothing. A denied pattern also denies the URIs that extend what it matches. */
function curatedDecision(
  { text, containers }: Extract<ComparableText, { fault?: undefined }>,
  { key, allow, deny, names }: KindCuration,
  { changedTools }: EffectiveServer,
): RuleDecision | undefined {
  const hidden = (setting: string, rule?: string): RuleDecision => ({
    type: "hidden",
    ...(rule !== undefined && { rule }),
    setting: `${key}.${setting}`,
  });
  if (names.shadowed.has(text)) return hidden("rename", names.toReal.get(text));
  const denied = deny.find(({ appliesTo }) => [text, ...containers].some(appliesTo));
  if (denied !== undefined) return hidden("deny", denied.pattern);
  if (allow?.some(({ appliesTo }) => appliesTo(text)) === false) return hidden("allow");
  return key === "tools" && changedTools?.has(text) === true ? hidden("pin") : undefined;
}

/** Whether the server has any rule or curation. Methods are checked and lists are filtered only then. */
export function hasAccessRules({
  toolRules,
  promptRules,
  resourceRules,
  curation,
}: EffectiveServer): boolean {
  return (
    curation !== undefined ||
    toolRules !== undefined ||
    promptRules !== undefined ||
    resourceRules !== undefined
  );
}

/** Whether a decision is enforced: `log_only` concerns rules, not curation. */
export function isEnforced(
  { rulesMode }: EffectiveServer,
  decision: { setting?: string | undefined },
): boolean {
  return rulesMode === "enforce" || decision.setting !== undefined;
}

/** The curation of the names of one kind of target. */
export function curationFor(
  kind: AccessTarget["kind"],
  { curation }: Pick<EffectiveServer, "curation">,
): KindCuration | undefined {
  switch (kind) {
    case "tool":
      return curation?.tools;
    case "prompt":
      return curation?.prompts;
    case "resource":
    case "template":
      return curation?.resources;
    case "task":
      return undefined;
  }
}

/** The name of a target as the client sent it. */
export function sentName(
  { kind, name }: AccessTarget,
  server: Pick<EffectiveServer, "curation">,
): string | undefined {
  const names = curationFor(kind, server)?.names;
  return name === undefined ? undefined : (names?.toClient.get(name) ?? name);
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

/** The texts that rules are compared with: the name, and for a URI also the shorter URIs that it extends. */
type ComparableText = { fault: string } | { fault?: undefined; text: string; containers: readonly string[] };

function comparableText(kind: AccessTarget["kind"], name: string): ComparableText {
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
 * The rule for a URI, and the rules for the URI without port, query or trailing slash if those take precedence: otherwise a
 * server that ignores one of these parts would return a resource that is denied without it.
 */
function decidingRules(
  text: string,
  containers: readonly string[],
  rules: readonly AccessRule[],
): AccessRule[] {
  const own = precedence(text, rules);
  // The common case: tools and prompts.
  if (containers.length === 0) return rules.slice(own, own + 1);
  const others = containers.map((container) => precedence(container, rules)).filter((at) => at < own);
  return [own, ...others].flatMap((at) => rules[at] ?? []);
}

function precedence(name: string, rules: readonly AccessRule[]): number {
  const at = rules.findIndex(({ appliesTo }) => appliesTo(name));
  return at === -1 ? rules.length : at;
}

/** The URI without its query, without a trailing slash, and each of these without the port. */
function containersOf(uri: string): string[] {
  const path = uri.replace(/\?.*/, "");
  const forms = [uri, path, path.replace(/\/$/, "")];
  return [...new Set([...forms, ...forms.map(withoutPort)])].slice(1);
}

// Servers with custom schemes use the host as a folder (`URL.hostname`) and ignore the port.
function withoutPort(uri: string): string {
  return uri.replace(/^([^/]*\/\/(?:\[[^\]]*\]|[^/:?]*)):\d+/, "$1");
}

/** Whether a reference is of a type that MCP does not have: what its name refers to is then not known. */
export function hasUnknownReference({ method, params }: McpMessage): boolean {
  const { type } = objectOrEmpty(params["ref"]);
  return subjectOfMethod(method) === "reference" && type !== "ref/resource" && type !== "ref/prompt";
}

function referenceTargets(ref: unknown): AccessTarget[] {
  const { type, name, uri } = objectOrEmpty(ref);
  if (type === "ref/resource") return [{ kind: "template", name: text(uri) }];
  if (type === "ref/prompt") return [{ kind: "prompt", name: text(name) }];
  // The kind of an unknown reference is not known: it must be allowed as each kind.
  return [
    { kind: "prompt", name: text(name) },
    { kind: "tool", name: text(name) },
    { kind: "template", name: text(uri) },
  ];
}

function subscriptionTargets(params: Record<string, unknown>): AccessTarget[] {
  const notifications = objectOrEmpty(params["notifications"]);
  const uris = notifications["resourceSubscriptions"];
  // Readers that copy members by assignment read those of a `__proto__` as the object's own. Deny it.
  if ([params, notifications].some((object) => Object.hasOwn(object, "__proto__")))
    return [{ kind: "resource", name: undefined }];
  if (uris === undefined) return [];
  // A value that is not a list has no names to check.
  return [uris].flat().map((uri) => ({ kind: "resource", name: text(uri) }));
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
