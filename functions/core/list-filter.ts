// Takes out of a server's lists what the caller can never reach. Recognised by the shape of the result, not by the request: a
// resumed stream brings answers to requests of another connection.
import { type AccessTarget, decideAccessTo } from "./access.ts";
import type { EffectiveServer } from "./config/effective-server.ts";
import type { Principal } from "./principal.ts";

const LISTS: readonly { member: string; kind: AccessTarget["kind"]; name: string }[] = [
  { member: "tools", kind: "tool", name: "name" },
  { member: "prompts", kind: "prompt", name: "name" },
  { member: "resources", kind: "resource", name: "uri" },
  { member: "resourceTemplates", kind: "template", name: "uriTemplate" },
];

/** What a caller's view of a server's lists depends on. */
export type ListView = {
  server: EffectiveServer;
  principal: Principal;
  /** the request is of a revision in which every list must say how it may be cached (2026-07-28) */
  statesCacheScope: boolean;
};

/**
 * Filters one JSON text: a message or a batch of them.
 *
 * @param text a JSON-RPC message as the server sent it
 * @param view whose view it is
 * @returns the text to send on: the same one, byte for byte, where nothing had to change
 */
export function filterListText(text: string, view: ListView): string {
  let value: unknown;
  try {
    // Readers skip a byte order mark that JSON.parse refuses: behind one, a list must not pass unread.
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    return text;
  }
  const entries = Array.isArray(value) ? value : [value];
  const filtered = entries.map((entry) => filterMessage(entry, view));
  if (filtered.every((entry, index) => entry === entries[index])) return text;
  return JSON.stringify(Array.isArray(value) ? filtered : filtered[0]);
}

function filterMessage(message: unknown, view: ListView): unknown {
  const lists = members(members(message)["result"]);
  const present = LISTS.filter(({ member }) => Array.isArray(lists[member]));
  if (present.length === 0) return message;
  const changes: Record<string, unknown> = {};
  for (const { member, kind, name } of present) {
    const entries = lists[member] as unknown[];
    const reachable = entries.filter((entry) => isReachable(kind, members(entry)[name], view));
    if (reachable.length < entries.length) changes[member] = reachable;
  }
  // A shared cache would show one caller's list to another.
  const statesCacheScope = view.statesCacheScope || lists["cacheScope"] !== undefined;
  if (statesCacheScope && lists["cacheScope"] !== "private") changes["cacheScope"] = "private";
  if (Object.keys(changes).length === 0) return message;
  return { ...(message as object), result: { ...lists, ...changes } };
}

function isReachable(kind: AccessTarget["kind"], name: unknown, { server, principal }: ListView): boolean {
  const target: AccessTarget = { kind, name: typeof name === "string" ? name : undefined };
  return decideAccessTo(target, server, principal).type !== "hidden";
}

// What is no object has none of these members: JSON knows no others than an object's.
function members(value: unknown): Record<string, unknown> {
  return Object(value) as Record<string, unknown>;
}
