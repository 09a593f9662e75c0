// `$context.*`: the variables that mappings, body templates and identity sources can use. The list of names is closed, so that
// a misspelt name is an error at start instead of an empty string in a response.
import type { GatewayRequest } from "./gateway-request.ts";
import { headerValue } from "./header-maps.ts";

/** Why API Gateway sends its own response. */
export type GatewayError = { readonly responseType: string; readonly message: string };

export type ApiFacts = {
  readonly id: string;
  readonly account: string;
  readonly stage: string;
  readonly stageVariables: Readonly<Record<string, string>>;
};

export type RouteFacts = {
  readonly resource: { readonly id: string; readonly path: string };
  readonly pathParameters: Readonly<Record<string, string>>;
};

/** The state of a request when a variable is read. */
export type RequestState = {
  readonly api: ApiFacts;
  readonly request: GatewayRequest;
  readonly route?: RouteFacts | undefined;
  /** The authorizer's context, stringified, with `principalId`. */
  readonly authorizer?: Readonly<Record<string, string>> | undefined;
  readonly error?: GatewayError | undefined;
};

const VARIABLES: Readonly<Record<string, (state: RequestState) => string | undefined>> = {
  accountId: ({ api }) => api.account,
  apiId: ({ api }) => api.id,
  domainName: ({ request }) => request.domainName,
  domainPrefix: ({ request }) => request.domainName.split(".")[0],
  "error.message": ({ error }) => error?.message,
  "error.messageString": ({ error }) => (error === undefined ? undefined : JSON.stringify(error.message)),
  "error.responseType": ({ error }) => error?.responseType,
  extendedRequestId: ({ request }) => request.extendedRequestId,
  httpMethod: ({ request }) => request.httpMethod,
  "identity.sourceIp": ({ request }) => request.sourceIp,
  "identity.userAgent": ({ request }) => headerValue(request.headers, "user-agent"),
  path: ({ request }) => request.contextPath,
  protocol: ({ request }) => request.protocol,
  requestId: ({ request }) => request.requestId,
  requestTime: ({ request }) => requestTime(request.receivedAt),
  requestTimeEpoch: ({ request }) => String(request.receivedAt.getTime()),
  resourceId: ({ route }) => route?.resource.id,
  resourcePath: ({ route }) => route?.resource.path,
  stage: ({ api }) => api.stage,
};

const AUTHORIZER = "authorizer.";

/** Whether `$context.<name>` can have a value here. */
export function isContextVariable(name: string): boolean {
  return Object.hasOwn(VARIABLES, name) || /^authorizer\.\w+$/.test(name);
}

/** Value of `$context.<name>`; undefined if this request has none. */
export function contextVariable(name: string, state: RequestState): string | undefined {
  if (name.startsWith(AUTHORIZER)) return state.authorizer?.[name.slice(AUTHORIZER.length)];
  return VARIABLES[name]?.(state);
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Common log format: `20/Feb/2018:22:48:57 +0000`. */
export function requestTime(at: Date): string {
  const iso = at.toISOString();
  return `${iso.slice(8, 10)}/${MONTHS[at.getUTCMonth()]}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
}
