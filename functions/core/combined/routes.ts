// Which members of the combined endpoint a client's message is for. A message goes to a member only if it names that member, or if it
// concerns all of them.
import { type AccessTarget, accessTargets } from "../access.ts";
import { objectOrEmpty } from "../json.ts";
import type { McpMessage } from "../mcp-message.ts";
import { subjectOfMethod } from "../mcp-methods.ts";
import { isListMethod } from "./merge-lists.ts";
import { type MemberNames, memberOfId, memberOfName, memberOfOpaqueId, memberOfUri } from "./names.ts";

/**
 * - `one`: the only member that gets the message.
 * - `members`: each of these gets its own part of the message (`subscriptions/listen`).
 * - `all`: every member gets it: lists, the handshake, the log level, notifications without an addressee.
 * - `local`: the endpoint responds itself.
 * - `unknown`: no member has what the message names, or its method has no meaning for several members; `name` is undefined if it names nothing.
 */
export type Route =
  | { type: "one"; member: string }
  | { type: "members"; members: readonly string[] }
  | { type: "all" }
  | { type: "local" }
  | { type: "unknown"; kind: UnknownKind; name: string | undefined };

export type UnknownKind = "tool" | "prompt" | "resource" | "task" | "response" | "method";

const FOR_ALL: ReadonlySet<string> = new Set([
  "initialize",
  "server/discover",
  "logging/setLevel",
  "notifications/initialized",
  "notifications/roots/list_changed",
  // The id is the client's own, and each member knows its requests.
  "notifications/cancelled",
]);

/** Finds the members that a message is for. The body was read as JSON without repeated and misspelled keys. */
export function routeOf(message: McpMessage, names: MemberNames): Route {
  const { method, params, id } = message;
  if (method === "ping") return { type: "local" };
  if (isListMethod(method) || FOR_ALL.has(method ?? "")) return { type: "all" };
  const [sole] = names.members;
  if (names.separator === "" && sole !== undefined) return { type: "one", member: sole };
  if (method === undefined) return routeById(id, names);
  if (method === "notifications/progress") return routeById(params["progressToken"], names);
  switch (subjectOfMethod(method)) {
    case "none":
      return { type: "unknown", kind: "method", name: method };
    case "subscriptions":
      return listenRoute(params["notifications"], names);
    default:
      return routeByTargets(accessTargets(message), names);
  }
}

// Several targets: a reference of an unknown type, which could be to anything.
function routeByTargets([target, ...others]: readonly AccessTarget[], names: MemberNames): Route {
  const { kind, name } = target as AccessTarget;
  const found = name === undefined || others.length > 0 ? undefined : MEMBER_WITH[kind](name, names);
  if (found !== undefined) return { type: "one", member: found.member };
  return { type: "unknown", kind: kind === "template" ? "resource" : kind, name };
}

const MEMBER_WITH = {
  tool: memberOfName,
  prompt: memberOfName,
  resource: memberOfUri,
  template: memberOfUri,
  task: memberOfOpaqueId,
};

function routeById(value: unknown, names: MemberNames): Route {
  const found = memberOfId(value, names);
  if (found !== undefined) return { type: "one", member: found.member };
  return { type: "unknown", kind: "response", name: typeof value === "string" ? value : undefined };
}

// A member whose part would be empty gets none. A subscription to nothing goes to all of them, as it is valid.
function listenRoute(notifications: unknown, names: MemberNames): Route {
  const { resourceSubscriptions: uris = [], taskIds = [], ...others } = objectOrEmpty(notifications);
  if (!areTexts(uris)) return { type: "unknown", kind: "resource", name: undefined };
  if (!areTexts(taskIds)) return { type: "unknown", kind: "task", name: undefined };
  const named = new Set([
    ...uris.map((uri) => memberOfUri(uri, names)?.member),
    ...taskIds.map((id) => memberOfOpaqueId(id, names)?.member),
  ]);
  const concernsAll = Object.values(others).some((value) => value !== false);
  const members = names.members.filter((member) => concernsAll || named.has(member));
  if (members.length > 0) return { type: "members", members };
  if (uris.length === 0 && taskIds.length === 0) return { type: "members", members: names.members };
  return { type: "unknown", kind: uris.length > 0 ? "resource" : "task", name: uris[0] };
}

function areTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}
