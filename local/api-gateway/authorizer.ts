// A method's Lambda authorizer: identity sources, cache, function, policy. Every outcome except Allow ends the request.
import type { Authorizer } from "../template/authorizers.ts";
import type { AuthorizerCache } from "./authorizer-cache.ts";
import { type AuthorizerResult, readAuthorizerOutput } from "./authorizer-output.ts";
import type { HeaderLines } from "./gateway-request.ts";
import type { GatewayResponseType } from "./gateway-response.ts";
import { identityValues } from "./identity-sources.ts";
import { evaluatePolicy } from "./policy.ts";
import { authorizerEvent, methodArn, type RoutedState } from "./request-event.ts";

/** The outcome of a function invocation. */
export type InvokeFunction = (functionArn: string, event: unknown) => Promise<FunctionResult>;
export type FunctionResult =
  | { readonly ok: true; readonly output: unknown }
  | { readonly ok: false; readonly errorType: string; readonly errorMessage: string };

/** The authorizer's decision on one request. */
export type Authorization =
  | { readonly allowed: true; readonly context: Readonly<Record<string, string>>; readonly cached: boolean }
  | {
      readonly allowed: false;
      readonly type: GatewayResponseType;
      readonly message?: string;
      readonly context?: Readonly<Record<string, string>>;
      /** Only for the log of the local run. */
      readonly fault?: string;
    };

export async function authorize(
  authorizer: Authorizer,
  state: RoutedState,
  headers: HeaderLines,
  cache: AuthorizerCache,
  invoke: InvokeFunction,
): Promise<Authorization> {
  const values = identityValues(authorizer.identitySources, state);
  if (values === undefined) return { allowed: false, type: "UNAUTHORIZED", fault: "token_missing" };
  const kept = authorizer.ttlSeconds > 0 ? cache.get(authorizer.id, values) : undefined;
  if (kept !== undefined) return verdict(kept, methodArn(state), true);

  const outcome = await invoke(authorizer.functionArn, authorizerEvent(state, headers));
  if (!outcome.ok) {
    if (outcome.errorMessage === "Unauthorized") return { allowed: false, type: "UNAUTHORIZED" };
    return {
      allowed: false,
      type: "AUTHORIZER_FAILURE",
      fault: `${outcome.errorType}: ${outcome.errorMessage}`,
    };
  }
  const result = readAuthorizerOutput(outcome.output);
  if (typeof result === "string") {
    return { allowed: false, type: "AUTHORIZER_CONFIGURATION_ERROR", fault: result };
  }
  const decided = verdict(result, methodArn(state), false);
  if (decided.allowed || decided.type === "ACCESS_DENIED") {
    cache.set(authorizer.id, values, result, authorizer.ttlSeconds);
  }
  return decided;
}

function verdict({ policyDocument, context }: AuthorizerResult, arn: string, cached: boolean): Authorization {
  const evaluated = evaluatePolicy(policyDocument, arn);
  switch (evaluated.verdict) {
    case "allow":
      return { allowed: true, context, cached };
    case "explicit_deny":
      return {
        allowed: false,
        type: "ACCESS_DENIED",
        message: "User is not authorized to access this resource with an explicit deny",
        context,
      };
    case "implicit_deny":
      return { allowed: false, type: "ACCESS_DENIED", context };
    case "invalid":
      return { allowed: false, type: "AUTHORIZER_CONFIGURATION_ERROR", fault: evaluated.fault };
  }
}
