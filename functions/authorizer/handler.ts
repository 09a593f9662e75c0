// Handles a REQUEST authorizer event and writes one log line with the decision and the metrics.
import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import { type ConfigSnapshot, serverNamed } from "../core/config-snapshot.ts";
import { logText } from "../core/safe-text.ts";
import { responseToTokenDenial, type TokenDenial } from "../core/token-denial.ts";
import type { ConfigStore } from "../platform/config-store.ts";
import { requestIdOf, serverOf } from "../platform/event-fields.ts";
import { headerValues } from "../platform/event-headers.ts";
import { describeFailure, failureReason } from "../platform/failure.ts";
import type { Log } from "../platform/log.ts";
import { monotonicMs } from "../platform/monotonic-ms.ts";
import type { RequestMetrics, RequestValues } from "../platform/request-metrics.ts";
import { type AccessDecision, decideAccess, type TokenVerifiers } from "./decide.ts";
import { allowPolicy, denyPolicy, NoDecision, Unauthorized } from "./policy.ts";

export type AuthorizerParts = {
  config: ConfigStore;
  verifiers: TokenVerifiers;
  log: Log;
  /** omitted: no metrics, and no line for allowed requests */
  requestMetrics?: RequestMetrics;
  now?: () => Date;
};

/** A result for API Gateway, or the error that becomes a 401 or 503. `cause` is only for the log. */
type Outcome =
  | { result: APIGatewayAuthorizerResult; fields: object; denied?: true }
  | { error: Unauthorized | NoDecision; fields: object };

/**
 * Creates the handler.
 *
 * @returns a function that returns Allow or Deny, throws `Unauthorized` for a 401 and `NoDecision` for a 503
 */
export function createAuthorizer({
  config,
  verifiers,
  log,
  requestMetrics,
  now = () => new Date(),
}: AuthorizerParts) {
  return async (event: APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> => {
    const server = serverOf(event);
    const startedAt = monotonicMs();
    // Metric dimension: undefined unless the server is configured.
    let known: string | undefined;
    let outcome: Outcome;
    try {
      const snapshot = await config.current();
      known = serverNamed(snapshot, server) !== undefined ? server : undefined;
      outcome = await decide(event, server, snapshot, verifiers, now());
    } catch (cause) {
      outcome = failed(cause);
    }
    const metrics = (values: RequestValues) =>
      requestMetrics?.({ AuthorizerMs: Math.round(monotonicMs() - startedAt), ...values }, known);
    const decision = decisionOf(outcome);
    const request = { server: logText(server), request_id: requestIdOf(event) };
    const fields = { decision, ...request, ...outcome.fields };
    if (decision === "error") log.warn("request denied", fields, metrics({ Failures: 1 }));
    else if (decision === "deny") log.warn("request denied", fields, metrics({ Denials: 1 }));
    else if (requestMetrics !== undefined) log.info("request authorized", fields, metrics({}));
    if ("error" in outcome) throw outcome.error;
    return outcome.result;
  };
}

/** `error` if no decision was possible. */
function decisionOf(outcome: Outcome): "allow" | "deny" | "error" {
  if ("error" in outcome) return outcome.error instanceof Unauthorized ? "deny" : "error";
  return outcome.denied === true ? "deny" : "allow";
}

async function decide(
  event: APIGatewayRequestAuthorizerEvent,
  server: string,
  snapshot: ConfigSnapshot,
  verifiers: TokenVerifiers,
  now: Date,
): Promise<Outcome> {
  const { methodArn, multiValueHeaders } = event;
  const decision = await decideAccess(
    { server, headers: headerValues(multiValueHeaders) },
    snapshot,
    verifiers,
    now,
  );
  if (decision.type === "allow") {
    const { context } = decision;
    return { result: allowPolicy(methodArn, context), fields: { sub: context.sub } };
  }
  return denied(decision);
}

function denied(decision: Extract<AccessDecision, { type: "denied" }>): Outcome {
  const fields = denialFields(decision);
  const told = responseToTokenDenial(decision.denial);
  switch (told.status) {
    case 401:
      return { error: new Unauthorized(), fields };
    case 403:
      return { result: denyPolicy(told.reason, told.message), fields, denied: true };
    case 503:
      return { error: new NoDecision(decision.denial.reason), fields };
  }
}

function failed(cause: unknown): Outcome {
  const reason = failureReason(cause);
  const described = describeFailure(cause);
  return { error: new NoDecision(reason, described), fields: { reason, cause: described } };
}

function denialFields({ denial, claims }: Extract<AccessDecision, { type: "denied" }>): object {
  const { reason, expected, actual, claim, blockReason, cause }: TokenDenial = denial;
  const sub = claims?.["sub"];
  return {
    reason,
    expected: logText(expected),
    actual: logText(actual),
    claim,
    block_reason: blockReason,
    sub: typeof sub === "string" ? logText(sub) : undefined,
    cause: reason === "keys_unavailable" && cause !== undefined ? describeFailure(cause) : undefined,
  };
}
