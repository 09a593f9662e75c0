// A REQUEST authorizer event to its answer, with one log line that says what was decided and carries the metrics.
import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import type { ConfigSnapshot } from "../core/config-snapshot.ts";
import { answerForTokenFault, type TokenFault } from "../core/token-fault.ts";
import type { ConfigStore } from "../platform/config-store.ts";
import { headerValues } from "../platform/event-headers.ts";
import type { Log } from "../platform/log.ts";
import type { RequestMetrics, RequestValues } from "../platform/request-metrics.ts";
import { type AccessDecision, decideAccess, type TokenJudges } from "./decide.ts";
import { allowPolicy, denyPolicy, Unauthorized } from "./policy.ts";

/** What the authorizer needs. */
export type AuthorizerParts = {
  config: ConfigStore;
  judges: TokenJudges;
  log: Log;
  /** left out: no metrics, and no line for a request that is let in */
  requestMetrics?: RequestMetrics;
  now?: () => Date;
};

/**
 * Makes the handler.
 *
 * @returns a function that answers Allow or Deny, throws `Unauthorized` for a 401 and anything else for a 503
 */
export function createAuthorizer({
  config,
  judges,
  log,
  requestMetrics,
  now = () => new Date(),
}: AuthorizerParts) {
  return async (event: APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> => {
    const server = event.pathParameters?.["server"] ?? "";
    const requestId = event.requestContext.requestId;
    const startedAt = performance.now();
    const metrics = (known: string | undefined, outcome: RequestValues) =>
      requestMetrics?.({ AuthorizerMs: Math.round(performance.now() - startedAt), ...outcome }, known);
    let snapshot: ConfigSnapshot;
    try {
      snapshot = await config.current();
    } catch (cause) {
      const fields = { server, request_id: requestId, reason: "configuration_unavailable" };
      log.warn("request refused", fields, metrics(undefined, { Failures: 1 }));
      throw cause;
    }
    const known = snapshot.servers.has(server) ? server : undefined;
    const decision = await decideAccess(
      { server, headers: headerValues(event.multiValueHeaders) },
      snapshot,
      judges,
      now(),
    );
    if (decision.type === "allow") {
      if (requestMetrics !== undefined) {
        const fields = { server, request_id: requestId, sub: decision.context.sub };
        log.info("request authorized", fields, metrics(known, {}));
      }
      return allowPolicy(event.methodArn, decision.context);
    }
    const isDecided = answerForTokenFault(decision.fault).status !== 503;
    const fields = { server, request_id: requestId, ...faultFields(decision) };
    log.warn("request refused", fields, metrics(known, isDecided ? { Denials: 1 } : { Failures: 1 }));
    return answer(event.methodArn, decision.fault);
  };
}

function answer(methodArn: string, fault: TokenFault): APIGatewayAuthorizerResult {
  const told = answerForTokenFault(fault);
  switch (told.status) {
    case 401:
      throw new Unauthorized();
    case 403:
      return denyPolicy(methodArn, told.reason, told.message);
    case 503:
      throw new Error(`no decision could be made: ${fault.reason}`);
  }
}

function faultFields({ fault, claims }: Extract<AccessDecision, { type: "faulted" }>): object {
  const { reason, expected, got, claim } = fault;
  const sub = typeof claims?.["sub"] === "string" ? claims["sub"] : undefined;
  return { reason, expected, got, claim, sub };
}
