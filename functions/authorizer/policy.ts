// The authorizer's results. API Gateway responds with 401 if the error message is exactly "Unauthorized", with 503 to any other error.
import type { APIGatewayAuthorizerResult } from "aws-lambda";
import { COMBINED } from "../core/config/combined-endpoint.ts";
import { isServerName } from "../core/config/server-name.ts";
import { asciiJson } from "../core/identity-header.ts";
import type { PrincipalContext } from "../core/principal.ts";
import { logText } from "../core/safe-text.ts";

const MESSAGE_MAX_CHARS = 1_000;
// https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html: a longer one makes the whole response invalid.
const RESOURCE_MAX_CHARS = 512;
const LONG_NAME_CHARS = 200;
/** Methods of an MCP endpoint with an authorizer. */
const METHODS = ["POST", "GET", "DELETE"];

/**
 * API Gateway responds with 401 to exactly this message, and does not cache it. The runtime logs errors that leave a handler, so this one
 * has no cause (jose's errors contain the token's claims) and no stack trace. The stack must be a string, because the runtime splits it
 * into lines, and reports another message if that fails.
 */
export class Unauthorized extends Error {
  constructor() {
    super("Unauthorized");
    this.stack = "Unauthorized";
  }
}

/** API Gateway responds with 500 to this error; a gateway response changes it to 503. The message contains no token, secret or claim. */
export class NoDecision extends Error {
  constructor(reason: string, detail?: string) {
    super(`no decision could be made: ${reason}${detail === undefined ? "" : ` (${detail})`}`);
  }
}

/**
 * Allows one server, or the combined endpoint, with any method: the result is cached by token and path, so that of a POST must also allow a GET.
 * API Gateway ignores a slash at the end of a path when it selects the route, but not here.
 *
 * @param methodArn the ARN of the request: `arn:aws:execute-api:region:account:api/stage/METHOD/path`
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
 */
export function allowPolicy(methodArn: string, context: PrincipalContext): APIGatewayAuthorizerResult {
  const [api, stage, , ...path] = methodArn.replace(/\/$/, "").split("/");
  if (context.server === COMBINED) {
    return policy("Allow", context.sub, combinedResources(`${api}/${stage}`), context);
  }
  const server = isServerName(context.server) ? context.server : unknownName(path);
  return policy("Allow", context.sub, resourcesOf(`${api}/${stage}`, server), context);
}

// An unknown server: the name as in the request. A name like `*` or `${*}` would allow every server.
function unknownName(path: readonly string[]): string {
  return path
    .slice(0, -1)
    .join("/")
    .replace(/[^A-Za-z0-9._~-]/g, "?");
}

// No wildcard: it would match slashes too, so that any method and path before "/mcp" were allowed: every server.
function combinedResources(stage: string): string[] {
  return METHODS.flatMap((method) => [`${stage}/${method}/mcp`, `${stage}/${method}/mcp/`]);
}

/** The path without and with a slash at its end, or one resource for each method if the name of a nonexistent server exceeds API Gateway's limit. */
function resourcesOf(stage: string, path: string): string[] {
  const resource = `${stage}/*/${path}/mcp`;
  if (resource.length < RESOURCE_MAX_CHARS) return [resource, `${resource}/`];
  // One wildcard each, after more characters than any server name has.
  return METHODS.map((method) => `${stage}/${method}/${path.slice(0, LONG_NAME_CHARS)}*`);
}

/**
 * Denies a known caller: 403 with the reason. The message is escaped for JSON, because a gateway response's body template inserts it
 * between quotes. The resource is `*`: the ARN of a request can be longer than a policy may contain, and the response would be a 500.
 *
 * @param message for the caller
 */
export function denyPolicy(reason: string, message: string): APIGatewayAuthorizerResult {
  const escaped = asciiJson(logText(message, MESSAGE_MAX_CHARS)).slice(1, -1);
  return policy("Deny", "refused", "*", { reason, message: escaped });
}

function policy(
  Effect: "Allow" | "Deny",
  principalId: string,
  Resource: string | string[],
  context: Record<string, string>,
): APIGatewayAuthorizerResult {
  const Statement = [{ Action: "execute-api:Invoke", Effect, Resource }];
  return { principalId, policyDocument: { Version: "2012-10-17", Statement }, context };
}
