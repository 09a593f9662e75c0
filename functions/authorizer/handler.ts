// A REQUEST authorizer event to its answer, with one log line for every request that is not let in.
import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import { answerForTokenFault, type TokenFault } from "../core/token-fault.ts";
import type { ConfigStore } from "../platform/config-store.ts";
import type { Log } from "../platform/log.ts";
import { type AccessDecision, decideAccess, type TokenJudges } from "./decide.ts";
import { allowPolicy, denyPolicy, Unauthorized } from "./policy.ts";

/** What the authorizer needs. */
export type AuthorizerParts = { config: ConfigStore; judges: TokenJudges; log: Log; now?: () => Date };

/**
 * Makes the handler.
 *
 * @returns a function that answers Allow or Deny, throws `Unauthorized` for a 401 and anything else for a 503
 */
export function createAuthorizer({ config, judges, log, now = () => new Date() }: AuthorizerParts) {
  return async (event: APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> => {
    const server = event.pathParameters?.["server"] ?? "";
    const requestId = event.requestContext.requestId;
    const snapshot = await config.current();
    const decision = await decideAccess({ server, headers: headersOf(event) }, snapshot, judges, now());
    if (decision.type === "allow") return allowPolicy(event.methodArn, decision.context);
    logFault(log, decision, { server, request_id: requestId });
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

function logFault(
  log: Log,
  { fault, claims }: Extract<AccessDecision, { type: "faulted" }>,
  fields: Record<string, string>,
): void {
  const { reason, expected, got, claim } = fault;
  const sub = typeof claims?.["sub"] === "string" ? claims["sub"] : undefined;
  log.warn("request refused", { ...fields, reason, expected, got, claim, sub });
}

function headersOf(event: APIGatewayRequestAuthorizerEvent): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  for (const [name, values] of Object.entries(event.multiValueHeaders ?? {})) {
    const key = name.toLowerCase();
    const others = headers.get(key);
    headers.set(key, others === undefined ? (values ?? []) : [...others, ...(values ?? [])]);
  }
  return headers;
}
