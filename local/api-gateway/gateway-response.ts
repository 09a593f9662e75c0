// API Gateway's own responses: the customised gateway response of the type, else the DEFAULT_4XX or DEFAULT_5XX one, else
// API Gateway's plain `{"message":…}`.
import type { GatewayResponseSpec } from "../template/gateway-responses.ts";
import { filledTemplate } from "./body-template.ts";
import type { HeaderLines } from "./gateway-request.ts";
import { mappedHeaders } from "./mapping-expression.ts";
import type { ApiState } from "./route.ts";

export type WholeResponse = {
  readonly status: number;
  readonly headers: HeaderLines;
  readonly body: string | Buffer;
};

type Default = { readonly status: number; readonly message: string; readonly errorType: string };

// Status codes: "Gateway response types". Messages and x-amzn-errortype: as observed on API Gateway.
const DEFAULTS = {
  ACCESS_DENIED: {
    status: 403,
    message: "User is not authorized to access this resource",
    errorType: "AccessDeniedException",
  },
  API_CONFIGURATION_ERROR: {
    status: 500,
    message: "Internal server error",
    errorType: "InternalServerErrorException",
  },
  AUTHORIZER_CONFIGURATION_ERROR: {
    status: 500,
    message: "Internal server error",
    errorType: "AuthorizerConfigurationException",
  },
  AUTHORIZER_FAILURE: {
    status: 500,
    message: "Internal server error",
    errorType: "AuthorizerFailureException",
  },
  // A function that failed, or whose response is not in the proxy format. AWS has no separate type for it.
  BAD_INTEGRATION_OUTPUT: {
    status: 502,
    message: "Internal server error",
    errorType: "InternalServerErrorException",
  },
  // A stream without a frame.
  BAD_INTEGRATION_STREAM: {
    status: 500,
    message: "Internal server error",
    errorType: "InternalServerErrorException",
  },
  INTEGRATION_FAILURE: {
    status: 504,
    message: "Network error communicating with endpoint",
    errorType: "InternalServerErrorException",
  },
  INTEGRATION_TIMEOUT: {
    status: 504,
    message: "Endpoint request timed out",
    errorType: "InternalServerErrorException",
  },
  INVALID_SIGNATURE: {
    status: 403,
    message: "Authorization header requires 'Credential' parameter.",
    errorType: "IncompleteSignatureException",
  },
  MISSING_AUTHENTICATION_TOKEN: {
    status: 403,
    message: "Missing Authentication Token",
    errorType: "MissingAuthenticationTokenException",
  },
  REQUEST_TOO_LARGE: { status: 413, message: "Request Too Long", errorType: "RequestTooLargeException" },
  UNAUTHORIZED: { status: 401, message: "Unauthorized", errorType: "UnauthorizedException" },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    message: "Unsupported Media Type",
    errorType: "BadRequestException",
  },
} as const satisfies Readonly<Record<string, Default>>;

/** Reasons for which API Gateway sends its own response. */
export type GatewayResponseType = keyof typeof DEFAULTS;

/** Builds the response of a type; `message` replaces the default one in `$context.error.message`. */
export function gatewayResponse(
  type: GatewayResponseType,
  state: ApiState,
  message: string = DEFAULTS[type].message,
): WholeResponse {
  const { status, errorType } = DEFAULTS[type];
  const { gatewayResponses } = state.api;
  const fallback = gatewayResponses.get(status < 500 ? "DEFAULT_4XX" : "DEFAULT_5XX");
  const spec: GatewayResponseSpec | undefined = gatewayResponses.get(type) ?? fallback;
  const withError: ApiState = { ...state, error: { responseType: type, message } };
  const template = spec?.templates["application/json"] ?? '{"message":$context.error.messageString}';
  const mapped = mappedHeaders(spec?.headers ?? {}, withError);
  return {
    status: spec?.status ?? status,
    headers: [["Content-Type", "application/json"], ["x-amzn-ErrorType", errorType], ...mapped],
    body: filledTemplate(template, withError),
  };
}

/** A response that no gateway response can change. */
export function plainResponse(status: number, message: string, errorType?: string): WholeResponse {
  return {
    status,
    headers: [
      ["Content-Type", "application/json"],
      ...(errorType === undefined ? [] : [["x-amzn-ErrorType", errorType] as const]),
    ],
    body: JSON.stringify({ message }),
  };
}
