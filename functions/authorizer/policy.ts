// The authorizer's answers in API Gateway's form. A 401 is an error whose message is exactly "Unauthorized"; any other error is a 503.
import type { APIGatewayAuthorizerResult } from "aws-lambda";
import { boundedServerName, isServerName } from "../core/config/effective-server.ts";
import type { PrincipalContext } from "../core/principal.ts";

/**
 * API Gateway answers 401 to this message, and to no other (and does not cache it). It carries no cause: the runtime prints errors
 * that leave a handler, and jose's hold the token's claims.
 */
export class Unauthorized extends Error {
  constructor() {
    super("Unauthorized");
  }
}

/**
 * Lets the caller reach one server, with any method: the answer is cached by token and path, and a POST's must serve the GET.
 *
 * @param methodArn the ARN of the request: `arn:aws:execute-api:region:account:api/stage/METHOD/path`
 * @param context the principal
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
 */
export function allowPolicy(methodArn: string, context: PrincipalContext): APIGatewayAuthorizerResult {
  const [api, stage, , ...path] = methodArn.split("/");
  const server = isServerName(context.server) ? context.server : unknownName(path.slice(0, -1).join("/"));
  return policy("Allow", context.sub, `${api}/${stage}/*/${server}/mcp`, context);
}

// As the request's ARN spells it. A name like `*` or `${*}` would stand for every server. A policy's resource has at most 512 characters:
// the beginning of a long name is longer than any server's.
function unknownName(name: string): string {
  const beginning = boundedServerName(name);
  const rest = beginning.length < name.length ? "*" : "";
  return `${beginning.replace(/[^A-Za-z0-9._~-]/g, "?")}${rest}`;
}

/**
 * Refuses a known caller: 403 with the reason. The message is escaped for JSON, since a gateway response's body template puts
 * it between quotes as it is.
 *
 * @param methodArn the ARN of the request
 * @param reason stable word
 * @param message what the caller should know
 */
export function denyPolicy(methodArn: string, reason: string, message: string): APIGatewayAuthorizerResult {
  const escaped = JSON.stringify(message).slice(1, -1);
  return policy("Deny", "refused", methodArn, { reason, message: escaped });
}

function policy(
  Effect: "Allow" | "Deny",
  principalId: string,
  Resource: string,
  context: Record<string, string>,
): APIGatewayAuthorizerResult {
  const Statement = [{ Action: "execute-api:Invoke", Effect, Resource }];
  return { principalId, policyDocument: { Version: "2012-10-17", Statement }, context };
}
