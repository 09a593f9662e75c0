// The answers that API Gateway gives without any function running: JSON-RPC error bodies, and the OAuth challenge
// (RFC 6750, RFC 9728), which only a gateway response can send: a function's WWW-Authenticate would be renamed.
import { GatewayResponse, ResponseType, type RestApi } from "aws-cdk-lib/aws-apigateway";
import { Construct } from "constructs";
import { type GatewayErrorRow, gatewayErrorRows } from "./gateway-error-rows.ts";

/** What the responses say about this gateway. */
export interface GatewayResponsesProps {
  readonly api: RestApi;
  /** The gateway's URL as clients see it, without a trailing slash. Not `api.url`: that would be a cycle. */
  readonly publicUrl: string;
  /** What the challenge names; undefined: nothing, so that clients read the document of the server that they call. */
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

/** One gateway response for every kind that a client can meet. */
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
  // Without scopes too: a client would ask for these instead of those in the server's own document.
  if (challenge === undefined) return `Bearer realm="${publicUrl}"`;
  const { metadataUrl, scopes } = challenge;
  const metadata = `Bearer resource_metadata="${metadataUrl}"`;
  return scopes.length === 0 ? metadata : `${metadata}, scope="${scopes.join(" ")}"`;
}

/**
 * A gateway response's header is one literal or one mapping. With several origins the caller's own is mapped back,
 * whether allowed or not: what it could read are these error bodies alone, and never with credentials.
 */
function corsHeaders(allowedOrigins: readonly string[]): Record<string, string> {
  const [only, ...others] = allowedOrigins;
  // Always: responses of the functions at the same URL differ by origin.
  const vary = { Vary: quoted("Origin") };
  if (only === undefined) return vary;
  return {
    "Access-Control-Allow-Origin": others.length === 0 ? quoted(only) : "method.request.header.Origin",
    "Access-Control-Expose-Headers": quoted("WWW-Authenticate, Mcp-Session-Id, Retry-After"),
    ...vary,
  };
}

function errorBody({ code, message, reason }: GatewayErrorRow): string {
  // Built as text: $context variables are put in by plain substitution, and the authorizer has escaped its message.
  return `{"jsonrpc":"2.0","id":null,"error":{"code":${code},"message":"${message}","data":{"reason":"${reason}","request_id":"$context.requestId"}}}`;
}

/** API Gateway's notation for a static value. @throws Error for a value that would end it early. */
function quoted(value: string): string {
  if (value.includes("'")) {
    throw new Error(
      `API Gateway cannot send ${JSON.stringify(value)} in a header: take the ' out of the configuration.`,
    );
  }
  return `'${value}'`;
}
