// Applies a server's tool, prompt and resource rules to what a client sends: on the parsed body, never on headers.
import { type AccessTarget, accessTargets, decideAccessTo, hasAccessRules } from "./access.ts";
import type { EffectiveServer } from "./config/effective-server.ts";
import { ACCESS_TARGETS_MAX } from "./limits.ts";
import type { McpMessage } from "./mcp-message.ts";
import type { Principal } from "./principal.ts";
import { type Refusal, refusal } from "./refusal.ts";

/** Outcome: `refusal` ends the request; `shadowed` is what it would have been under `log_only`. */
export type MessageAuthorization = { refusal?: Refusal; shadowed?: Refusal };

/**
 * Authorises all messages of a body. One refused message refuses the body: what is sent on is what was authorised, whole.
 *
 * @param messages the messages of the body
 * @param server the server with its rules
 * @param principal the caller
 */
export function authorizeMessages(
  messages: readonly McpMessage[],
  server: EffectiveServer,
  principal: Principal,
): MessageAuthorization {
  if (!hasAccessRules(server)) return {};
  const refused = firstRefusal(messages.flatMap(accessTargets), server, principal);
  if (refused === undefined) return {};
  return server.rulesMode === "enforce" ? { refusal: refused } : { shadowed: refused };
}

function firstRefusal(
  targets: readonly AccessTarget[],
  server: EffectiveServer,
  principal: Principal,
): Refusal | undefined {
  if (targets.length > ACCESS_TARGETS_MAX) {
    const message = `The body names ${targets.length} tools, prompts and resources; at most ${ACCESS_TARGETS_MAX} are accepted. Send fewer.`;
    return refusal("request_too_large", message);
  }
  for (const target of targets) {
    const refused = refusalOf(target, server, principal);
    if (refused !== undefined) return refused;
  }
  return undefined;
}

function refusalOf(target: AccessTarget, server: EffectiveServer, principal: Principal): Refusal | undefined {
  const answer = decideAccessTo(target, server, principal);
  switch (answer.type) {
    case "allowed":
      return undefined;
    case "hidden":
      return refusal("unknown_name", `Unknown ${target.kind}: ${shownName(target)}`);
    case "scopes": {
      const message = `This ${target.kind} needs the scopes ${answer.required.join(" ")}. Sign in again and ask for all of them.`;
      return { ...refusal("insufficient_scope", message), scopes: answer.required };
    }
  }
}

const SHOWN_NAME_MAX_CHARS = 256;

function shownName({ name = "no name given" }: AccessTarget): string {
  return name.length <= SHOWN_NAME_MAX_CHARS ? name : `${name.slice(0, SHOWN_NAME_MAX_CHARS)}…`;
}
