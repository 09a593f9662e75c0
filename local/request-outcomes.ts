// Finds the decision, reason and cause for a request in the functions' logs, for its line on the terminal. Log lines come through a
// different pipe than the response, so they may arrive shortly after it.
import { COMBINED } from "../functions/core/config/combined-endpoint.ts";
import { objectOrEmpty, readJson } from "../functions/core/json.ts";

/** The function of the log line: the authorizer if it denied, otherwise the one that got the request. */
export type LoggedBy = "authorizer" | "proxy" | "combined";

/** The content of a log line. */
export type LoggedOutcome = {
  decision: string;
  reason: string | undefined;
  /** the rule, claim or scopes that decided, or the operator's reason for a block */
  details: readonly string[];
  /** the reason for which a rule in `log_only` mode would have denied */
  wouldDeny: string | undefined;
  /** why the gateway ended an event stream */
  streamEnded: string | undefined;
  /** members without a part in a merged response, with the reason */
  unavailable: readonly string[];
  /** pinned tools that a list showed with another definition; at the combined endpoint behind the member's name */
  changedTools: readonly string[];
  cause: string | undefined;
};

export type RequestOutcomes = {
  /** Accepts every line that a function writes. */
  note(line: string): void;
  /** The outcome logged for a request; undefined if none is logged in time. */
  of(requestId: string, by: LoggedBy): Promise<LoggedOutcome | undefined>;
};

const MAX_KEPT = 100;
/** How long the endpoint's own line may come after that of a member. */
const OWN_LINE_MS = 50;

/**
 * Starts to collect outcomes.
 *
 * @param waitMs how long a log line may come after its response
 */
export function openRequestOutcomes(waitMs = 300): RequestOutcomes {
  const outcomes = new Map<string, LoggedOutcome>();
  // The combined endpoint writes a line for each member that it calls, and one of its own unless the request was for one member.
  const ofMembers = new Map<string, LoggedOutcome>();
  const changedAtMembers = new Map<string, readonly string[]>();
  const waiting = new Map<string, (outcome: LoggedOutcome) => void>();
  return {
    note(line) {
      const fields = line.includes('"decision"') ? objectOrEmpty(readJson(line).value) : {};
      const { request_id: id, service, decision } = fields;
      if (typeof id !== "string" || typeof decision !== "string") return;
      const by = String(service).replace("mcp-gateway-", "");
      const key = `${by} ${id}`;
      const outcome = outcomeOf(fields, decision);
      if (by === "combined" && fields["server"] !== COMBINED) {
        const changed = outcome.changedTools.map((tool) => `${fields["server"]}: ${tool}`);
        keep(changedAtMembers, key, [...(changedAtMembers.get(key) ?? []), ...changed]);
        return keep(ofMembers, key, outcome);
      }
      const changedTools = [...outcome.changedTools, ...(changedAtMembers.get(key) ?? [])];
      const complete = { ...outcome, changedTools };
      keep(outcomes, key, complete);
      waiting.get(key)?.(complete);
    },
    of(requestId, by) {
      const key = `${by} ${requestId}`;
      const known = outcomes.get(key);
      if (known !== undefined) return Promise.resolve(known);
      return new Promise((resolve) => {
        const settle = (outcome = ofMembers.get(key)) => {
          clearTimeout(timer);
          waiting.delete(key);
          resolve(outcome);
        };
        const timer = setTimeout(() => settle(), ofMembers.has(key) ? OWN_LINE_MS : waitMs).unref();
        waiting.set(key, settle);
      });
    },
  };
}

function keep<Value>(outcomes: Map<string, Value>, key: string, outcome: Value): void {
  outcomes.set(key, outcome);
  const [oldest] = outcomes.keys();
  if (outcomes.size > MAX_KEPT && oldest !== undefined) outcomes.delete(oldest);
}

function outcomeOf(fields: Record<string, unknown>, decision: string): LoggedOutcome {
  const text = (name: string) => (typeof fields[name] === "string" ? fields[name] : undefined);
  const scopes = fields["denied_scopes"];
  const claim = text("denied_claim") ?? text("claim");
  const cause = text("cause");
  const named = (what: string, value: string | undefined) =>
    value === undefined ? [] : [`${what} ${value}`];
  return {
    decision,
    reason: text("reason"),
    details: [
      ...named("setting", text("denied_setting")),
      ...named("rule", text("denied_rule")),
      ...named("claim", claim),
      ...named("missing scopes", Array.isArray(scopes) ? scopes.join(" ") : undefined),
      ...named("name", text("denied_form")),
      ...[text("block_reason") ?? []].flat(),
    ],
    wouldDeny: text("would_deny"),
    streamEnded: text("stream_ended"),
    unavailable: [fields["members_unavailable"] ?? []].flat().map(String),
    changedTools: [fields["changed_tools"] ?? []].flat().map(String),
    cause: cause === undefined ? undefined : shortCause(cause),
  };
}

/** The gateway's message, without the error class and Node's message. */
function shortCause(cause: string): string {
  return cause.replace(/^\w*Error: /, "").replace(/, because of .*$/s, "");
}
