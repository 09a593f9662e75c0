// Applies a server's curation and its tool, prompt and resource rules to the parsed body, never to headers.
import {
  type AccessTarget,
  accessTargets,
  decideAccessTo,
  hasAccessRules,
  hasUnknownReference,
  isEnforced,
  type RuleDecision,
  sentName,
} from "./access.ts";
import type { EffectiveServer } from "./config/effective-server.ts";
import { type DenialReason, type ErrorResponse, errorResponse } from "./error-response.ts";
import { ACCESS_TARGETS_MAX } from "./limits.ts";
import type { McpMessage } from "./mcp-message.ts";
import { isKnownMethod } from "./mcp-methods.ts";
import type { Principal } from "./principal.ts";
import { terminalText } from "./safe-text.ts";

/** A target that rules or curation deny, for the audit line. */
export type DeniedTarget = {
  kind: AccessTarget["kind"] | "method";
  /** undefined if the message names nothing */
  name: string | undefined;
  /** pattern of the rule that decided; undefined if no rule did: a denied method, a non-canonical name or a missing name */
  rule: string | undefined;
  /** the setting of the curation that decided, such as `tools.deny`; `rule` is then its pattern */
  setting?: string | undefined;
  /** the claim that does not satisfy the rule */
  claim?: string | undefined;
  /** the scopes of the rule that the token lacks */
  missingScopes?: readonly string[];
  /** what is expected of a name or URI that is not in canonical form */
  form?: string | undefined;
};

/**
 * Outcome: `errorResponse` ends the request; `shadowed` is what it would have been without `log_only`. `denied` names everything denied.
 */
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
  const enforced = denials.find(({ isShadow }) => !isShadow);
  return enforced === undefined
    ? { shadowed: first.errorResponse, denied }
    : { errorResponse: enforced.errorResponse, denied };
}

/** One denial: the response, and the denied target if the message names one. `isShadow`: `log_only` only logs it. */
export type Denial = { errorResponse: ErrorResponse; target?: DeniedTarget; isShadow: boolean };

function denialsOf(messages: readonly McpMessage[], server: EffectiveServer, principal: Principal): Denial[] {
  const targets = messages.map(accessTargets);
  const isShadow = server.rulesMode === "log_only" && server.curation === undefined;
  const count = targets.reduce((sum, each) => sum + each.length, 0);
  if (count > ACCESS_TARGETS_MAX) {
    const message = `The body names ${count} tools, prompts and resources; at most ${ACCESS_TARGETS_MAX} are accepted. Send several requests.`;
    return [{ errorResponse: errorResponse("request_too_large", message), isShadow }];
  }
  return messages.flatMap((message, index) => {
    if (!isKnownMethod(message, server.extraMethods))
      return { ...methodDenial(message.method as string), isShadow };
    // Renamed names can't be translated if it is not known what they name.
    const isUnclear = server.curation !== undefined && hasUnknownReference(message);
    return (targets[index] as AccessTarget[]).flatMap((target) => {
      const decision: RuleDecision = isUnclear
        ? { type: "hidden", setting: "prompts" }
        : decideAccessTo(target, server, principal);
      const sent = isUnclear ? target.name : sentName(target, server);
      return targetDenial(target, sent, decision, server) ?? [];
    });
  });
}

function methodDenial(method: string): Omit<Denial, "isShadow"> {
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
  sent: string | undefined,
  decision: RuleDecision,
  server: EffectiveServer,
): Denial | undefined {
  const word = target.kind === "template" ? "resource" : target.kind;
  switch (decision.type) {
    case "allowed":
      return undefined;
    case "hidden": {
      const isRenamed = decision.setting?.endsWith(".rename") === true;
      const name = sent === undefined ? "no name given" : terminalText(sent, SHOWN_CHARS);
      const advice =
        decision.fault === undefined
          ? ""
          : `. Use the ${word}'s name as the server lists it, ${decision.fault}.`;
      return {
        errorResponse: {
          ...errorResponse("unknown_name", `Unknown ${word}: ${name}${advice}`),
          logged: DENIAL_REASONS[target.kind],
        },
        // The name of a renamed entry was translated to the one that it hides.
        target: { ...target, ...(isRenamed && { name: sent }), ...hiddenBy(decision) },
        isShadow: !isEnforced(server, decision),
      };
    }
    case "scopes": {
      const message = `This ${word} needs the scopes ${decision.required.join(" ")}. Sign in again and ask for all of them.`;
      return {
        errorResponse: { ...errorResponse("insufficient_scope", message), scopes: decision.required },
        target: { ...target, rule: decision.rule, missingScopes: decision.missing },
        isShadow: !isEnforced(server, {}),
      };
    }
  }
}

/** What hides a target, for the audit line. */
export function hiddenBy({
  rule,
  claim,
  fault,
  setting,
}: Extract<RuleDecision, { type: "hidden" }>): Omit<DeniedTarget, "kind" | "name"> {
  return { rule, claim, form: fault, ...(setting && { setting }) };
}
