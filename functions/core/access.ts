// Who may reach which tool, prompt or resource: one decision for calls and for lists, so that the two always agree.
import { claimMatches } from "./claims.ts";
import type { AccessRule } from "./config/access-rules.ts";
import type { EffectiveServer } from "./config/effective-server.ts";
import { ACCESS_NAME_MAX_CHARS } from "./limits.ts";
import type { McpMessage } from "./mcp-message.ts";
import type { Principal } from "./principal.ts";

/** What a request reaches for. `name` is undefined where the request names nothing: then nothing may be reached. */
export type AccessTarget = { kind: "tool" | "prompt" | "resource"; name: string | undefined };

/**
 * `hidden`: the caller's claims can never reach it, so it answers as if it did not exist. `scopes`: signing in for all of
 * the named scopes would reach it, so it stays listed.
 */
export type AccessAnswer =
  | { type: "allowed" }
  | { type: "hidden" }
  | { type: "scopes"; required: readonly string[] };

/**
 * What a message reaches for, by any of the ways that the protocol has: calls, completion, subscriptions.
 *
 * @param message a client's message
 */
export function accessTargets({ method: spelling, params }: McpMessage): AccessTarget[] {
  // A lax server may take `Tools/Call` for `tools/call`: what is not the protocol's method needs the same permission.
  const method = spelling?.trim().toLowerCase();
  switch (method) {
    case "tools/list":
    case "prompts/list":
    case "resources/list":
    case "resources/templates/list":
      return [];
    case "completion/complete":
      return completionTarget(params["ref"]);
    case "subscriptions/listen":
      return listenTargets(params["notifications"]);
  }
  // By prefix rather than by name: a later revision's method on a tool is a way to that tool too.
  if (method?.startsWith("tools/")) return [{ kind: "tool", name: text(params["name"]) }];
  if (method?.startsWith("prompts/")) return [{ kind: "prompt", name: text(params["name"]) }];
  if (method?.startsWith("resources/")) return [{ kind: "resource", name: text(params["uri"]) }];
  return [];
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
): AccessAnswer {
  const rules = rulesFor(target.kind, server);
  if (rules === undefined) return { type: "allowed" };
  const { name } = target;
  if (name !== undefined && name.length > ACCESS_NAME_MAX_CHARS) return { type: "hidden" };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a name with control characters or outer spaces is another spelling of some name
  if (name === undefined || name !== name.trim() || /[\x00-\x1f\x7f]/.test(name)) return { type: "hidden" };
  const spellings = target.kind === "resource" ? uriSpellings(name) : [name];
  // Escaped over and over: what a server would make of it in the end is not known.
  if (spellings === undefined) return { type: "hidden" };
  let answer: AccessAnswer = { type: "allowed" };
  for (const spelling of spellings) {
    const rule = rules.find(({ appliesTo }) => appliesTo(spelling));
    if (rule === undefined) continue;
    if (!rule.claimRules.every((claimRule) => claimMatches(principal.claims, claimRule)))
      return { type: "hidden" };
    const lacksScopes = rule.requiredScopes.some((scope) => !principal.scopes.includes(scope));
    if (lacksScopes) answer = { type: "scopes", required: rule.requiredScopes };
  }
  return answer;
}

/** Whether any rule of the server can hide something from somebody: only then are its answers read. */
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
      return server.resourceRules;
  }
}

/**
 * A URI as written and as a server might read it, so that a forbidden one can't be reached by another spelling (RFC 3986 §6.2.2):
 * parsed (scheme and host in lower case, dot segments resolved), with percent escapes undone, with slashes in a row taken for one as
 * file systems do, without query and fragment. All of them must be allowed; undefined where they are too many.
 */
function uriSpellings(uri: string): Set<string> | undefined {
  const spellings = new Set([uri]);
  for (const spelling of spellings) {
    const others = [URL.parse(spelling)?.href, decodedUri(spelling), singleSlashed(spelling), bare(spelling)];
    for (const other of others) if (other !== undefined) spellings.add(other);
    if (spellings.size > MAX_SPELLINGS) return undefined;
  }
  return spellings;
}

const MAX_SPELLINGS = 32;

// Escape by escape, as lax readers do: one that is broken must not keep the others from being read.
function decodedUri(uri: string): string {
  return uri.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) =>
    Buffer.from(escapes.replaceAll("%", ""), "hex").toString("utf8"),
  );
}

function singleSlashed(uri: string): string {
  // Scheme and authority stay, as RFC 3986 appendix B tells them from the path.
  return uri.replace(
    /((?:[^:/?#]+:)?(?:\/\/[^/?#]*)?)([^?#]*)/,
    (_all, origin, path) => origin + path.replace(/\/{2,}/g, "/"),
  );
}

function bare(uri: string): string {
  return uri.replace(/[?#].*/s, "");
}

function completionTarget(ref: unknown): AccessTarget[] {
  const { type, name, uri } = members(ref);
  if (type === "ref/resource") return [{ kind: "resource", name: text(uri) }];
  if (type === "ref/prompt") return [{ kind: "prompt", name: text(name) }];
  // A reference of another kind: by whatever it names.
  const targets: AccessTarget[] = [];
  if (name !== undefined)
    targets.push({ kind: "prompt", name: text(name) }, { kind: "tool", name: text(name) });
  if (uri !== undefined) targets.push({ kind: "resource", name: text(uri) });
  return targets;
}

function listenTargets(notifications: unknown): AccessTarget[] {
  const uris = members(notifications)["resourceSubscriptions"];
  return Array.isArray(uris) ? uris.map((uri) => ({ kind: "resource", name: text(uri) })) : [];
}

function members(value: unknown): Record<string, unknown> {
  return value !== null && typeof value === "object" ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
