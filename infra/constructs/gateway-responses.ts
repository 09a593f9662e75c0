// The responses that API Gateway sends without a function: JSON-RPC error bodies, and the OAuth challenge (RFC 6750, RFC 9728), which
// only a gateway response can send, because API Gateway renames a function's WWW-Authenticate header.
import { GatewayResponse, ResponseType, type RestApi } from "aws-cdk-lib/aws-apigateway";
import { Construct } from "constructs";
import { type GatewayErrorRow, gatewayErrorRows } from "./gateway-error-rows.ts";

/** The settings of the responses. */
export interface GatewayResponsesProps {
  readonly api: RestApi;
  /** URL that clients use, without a trailing slash. Not `api.url`, which would create a cycle. */
  readonly publicUrl: string;
  /** Undefined: the challenge names no document, so that clients read the document of the server that they call. */
  readonly challenge: ResponseChallenge | undefined;
  readonly allowedOrigins: readonly string[];
  /** Header that carries the token. */
  readonly headerKey: string;
}

/** The metadata document that a challenge names, and the scopes in it. */
export interface ResponseChallenge {
  readonly metadataUrl: string;
  readonly scopes: readonly string[];
}

/** One gateway response for every response type that a client can get. */
export class GatewayResponses extends Construct {
  constructor(scope: Construct, id: string, props: GatewayResponsesProps) {
    super(scope, id);
    const cors = corsHeaders(props.allowedOrigins);
    for (const row of gatewayErrorRows(props.headerKey, props.challenge !== undefined)) {
      new GatewayResponse(this, row.type, {
        restApi: props.api,
        type: ResponseType.of(row.type),
        statusCode: row.status,
        responseHeaders: {
          ...cors,
          ...(row.type === "UNAUTHORIZED" && { "WWW-Authenticate": quoted(challengeText(props)) }),
          ...(row.retryAfterSeconds && { "Retry-After": quoted(row.retryAfterSeconds) }),
        },
        templates: { "application/json": errorBody(row) },
      });
    }
  }
}

function challengeText({ publicUrl, challenge }: GatewayResponsesProps): string {
  // Without scopes too: a client would request them instead of those in the server's document.
  if (challenge === undefined) return `Bearer realm="${publicUrl}"`;
  const { metadataUrl, scopes } = challenge;
  const metadata = `Bearer resource_metadata="${metadataUrl}"`;
  return scopes.length === 0 ? metadata : `${metadata}, scope="${scopes.join(" ")}"`;
}

/**
 * A header of a gateway response is one literal or one mapping. With several origins, the caller's origin is returned, whether it is
 * allowed or not: it can then read only these error bodies, and never with credentials.
 */
function corsHeaders(allowedOrigins: readonly string[]): Record<string, string> {
  const [only, ...others] = allowedOrigins;
  // Always, because the functions' responses at the same URL vary by origin.
  const vary = { Vary: quoted("Origin") };
  if (only === undefined) return vary;
  return {
    "Access-Control-Allow-Origin": others.length === 0 ? quoted(only) : "method.request.header.Origin",
    "Access-Control-Expose-Headers": quoted("WWW-Authenticate, Mcp-Session-Id, Retry-After"),
    ...vary,
  };
}

function errorBody({ code, message, reason }: GatewayErrorRow): string {
  // Built as text: API Gateway substitutes $context variables without escaping, and the authorizer escapes its message.
  return `{"jsonrpc":"2.0","id":null,"error":{"code":${code},"message":"${message}","data":{"reason":"${reason}","request_id":"$context.requestId"}}}`;
}

/** API Gateway's notation for a static value. @throws Error for a value that would end it early. */
function quoted(value: string): string {
  if (value.includes("'")) {
    throw new Error(
      `API Gateway cannot send ${JSON.stringify(value)} in a header: remove the ' from the configuration.`,
    );
  }
  return `'${value}'`;
}
