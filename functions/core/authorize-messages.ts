// Applies a server's tool, prompt and resource rules to the parsed body, never to headers.
import { type AccessTarget, accessTargets, decideAccessTo, hasAccessRules } from "./access.ts";
import type { EffectiveServer } from "./config/effective-server.ts";
import { type DenialReason, type ErrorResponse, errorResponse } from "./error-response.ts";
import { ACCESS_TARGETS_MAX } from "./limits.ts";
import type { McpMessage } from "./mcp-message.ts";
import { isKnownMethod } from "./mcp-methods.ts";
import type { Principal } from "./principal.ts";
import { terminalText } from "./safe-text.ts";

/** A target that rules deny, for the audit line. */
export type DeniedTarget = {
  kind: AccessTarget["kind"] | "method";
  /** undefined if the message names nothing */
  name: string | undefined;
  /** pattern of the rule that decided; undefined if no rule did: a denied method, a non-canonical name or a missing name */
  rule: string | undefined;
  /** the claim that does not satisfy the rule */
  claim?: string | undefined;
  /** the scopes of the rule that the token lacks */
  missingScopes?: readonly string[];
  /** what is expected of a name or URI that is not in canonical form */
  form?: string | undefined;
};

/** Outcome: `denial` ends the request; `shadowed` is what it would have been under `log_only`. `denied` names everything denied. */
export type MessageAuthorization = {
  errorResponse?: ErrorResponse;
  shadowed?: ErrorResponse;
  denied?: readonly DeniedTarget[];
};

/** Error messages truncate longer names. */
const SHOWN_CHARS = 256;

/** Authorises all messages of a body. One denied message denies the whole body, since the body is forwarded as a whole. */
export function authorizeMessages(
  messages: readonly McpMessage[],
  server: EffectiveServer,
  principal: Principal,
): MessageAuthorization {
  if (!hasAccessRules(server)) return {};
  const denials = denialsOf(messages, server, principal);
  const [first] = denials;
  if (first === undefined) return {};
  const denied = denials.flatMap(({ target }) => target ?? []);
  return server.rulesMode === "enforce"
    ? { errorResponse: first.errorResponse, denied }
    : { shadowed: first.errorResponse, denied };
}

/** One denial: the response, and the denied target if the message names one. */
export type Denial = { errorResponse: ErrorResponse; target?: DeniedTarget };

function denialsOf(messages: readonly McpMessage[], server: EffectiveServer, principal: Principal): Denial[] {
  const targets = messages.map(accessTargets);
  const count = targets.reduce((sum, each) => sum + each.length, 0);
  if (count > ACCESS_TARGETS_MAX) {
    const message = `The body names ${count} tools, prompts and resources; at most ${ACCESS_TARGETS_MAX} are accepted. Send several requests.`;
    return [{ errorResponse: errorResponse("request_too_large", message) }];
  }
  return messages.flatMap((message, index) => {
    if (!isKnownMethod(message, server.extraMethods)) return methodDenial(message.method as string);
    return (targets[index] as AccessTarget[]).flatMap(
      (target) => targetDenial(target, server, principal) ?? [],
    );
  });
}

function methodDenial(method: string): Denial {
  return {
    errorResponse: {
      ...errorResponse("unknown_method", `Method not found: ${terminalText(method, SHOWN_CHARS)}`),
      logged: "method_denied",
    },
    target: { kind: "method", name: method, rule: undefined },
  };
}

const DENIAL_REASONS: Record<AccessTarget["kind"], DenialReason> = {
  tool: "tool_denied",
  prompt: "prompt_denied",
  resource: "resource_denied",
  template: "resource_denied",
  // Rules do not name tasks, but their tools.
  task: "tool_denied",
};

function targetDenial(
  target: AccessTarget,
  server: EffectiveServer,
  principal: Principal,
): Denial | undefined {
  const decision = decideAccessTo(target, server, principal);
  const word = target.kind === "template" ? "resource" : target.kind;
  switch (decision.type) {
    case "allowed":
      return undefined;
    case "hidden": {
      const name = target.name === undefined ? "no name given" : terminalText(target.name, SHOWN_CHARS);
      const advice =
        decision.fault === undefined
          ? ""
          : `. Use the ${word}'s name as the server lists it, ${decision.fault}.`;
      return {
        errorResponse: {
          ...errorResponse("unknown_name", `Unknown ${word}: ${name}${advice}`),
          logged: DENIAL_REASONS[target.kind],
        },
        target: { ...target, rule: decision.rule, claim: decision.claim, form: decision.fault },
      };
    }
    case "scopes": {
      const message = `This ${word} needs the scopes ${decision.required.join(" ")}. Sign in again and ask for all of them.`;
      return {
        errorResponse: { ...errorResponse("insufficient_scope", message), scopes: decision.required },
        target: { ...target, rule: decision.rule, missingScopes: decision.missing },
      };
    }
  }
}
