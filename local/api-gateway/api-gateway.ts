// A REST API in front of functions on this machine: applies limits, routing, authorizer and integration to each request in
// API Gateway's order, and reports the outcome.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { RestApi } from "../template/rest-api.ts";
import { authorize } from "./authorizer.ts";
import { AuthorizerCache } from "./authorizer-cache.ts";
import { invokeBuffered } from "./function-result.ts";
import { readGatewayRequest } from "./gateway-request.ts";
import { type GatewayResponseType, gatewayResponse, plainResponse } from "./gateway-response.ts";
import { headerValue } from "./header-maps.ts";
import { type IntegrationOptions, integrate } from "./integrate.ts";
import { readRequestBody } from "./request-body.ts";
import { methodArn, type RoutedState } from "./request-event.ts";
import { receivedHeaders } from "./request-headers.ts";
import { arnFits, headFits } from "./request-limits.ts";
import { type RequestRecord, requestRecord } from "./request-record.ts";
import { type ApiState, findRoute } from "./route.ts";
import { sendWhole } from "./send-response.ts";
import type { StreamLimits } from "./stream-relay.ts";

export type ApiGatewayOptions = Pick<IntegrationOptions, "functions"> & {
  readonly api: RestApi;
  /** Whether paths begin with the stage, as on `execute-api`. */
  readonly stagePath: boolean;
  readonly onRequest?: (record: RequestRecord) => void;
  readonly streamLimits?: StreamLimits;
  /** Milliseconds since the epoch, for the authorizer cache. */
  readonly now?: () => number;
};

const STREAM_LIMITS: StreamLimits = { idleMs: 5 * 60_000, maxBytes: 200 * 1024 * 1024 };

/** Handles requests of one API. */
export class ApiGateway {
  readonly #options: ApiGatewayOptions & IntegrationOptions;
  readonly authorizerCache: AuthorizerCache;

  constructor(options: ApiGatewayOptions) {
    this.#options = { ...options, streamLimits: options.streamLimits ?? STREAM_LIMITS };
    this.authorizerCache = new AuthorizerCache(options.now);
  }

  /** Listener of an HTTP server. */
  readonly handle = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { api, stagePath, onRequest } = this.#options;
    const started = performance.now();
    const request = readGatewayRequest(message, stagePath ? api.stage : undefined);
    if (request === undefined) {
      message.resume();
      sendWhole(response, plainResponse(403, "Forbidden", "ForbiddenException"), undefined);
      return;
    }
    const handling: Handling = { state: { api, request }, message, response, body: Buffer.alloc(0) };
    const decision = await this.#process(handling).catch((error: Error) => broken(handling, error));
    const { state, body } = handling;
    const ms = performance.now() - started;
    onRequest?.(requestRecord(state, { status: response.statusCode, decision, body, ms }));
  };

  /** Sends the response; resolves to the decision for the record. */
  async #process(handling: Handling): Promise<string> {
    const { message, response } = handling;
    const { api, request } = handling.state;
    const body = await readRequestBody(message);
    if (!headFits(`${message.method} ${message.url} HTTP/1.1`, request.headers)) {
      sendWhole(response, plainResponse(431, "Request Header Fields Too Large"), request);
      return "headers too large";
    }
    const route = findRoute(api, request.httpMethod, request.path);
    if (route === undefined) {
      // Without a method's authorization type, API Gateway reads the header as an invalid Signature Version 4.
      const signed = headerValue(request.headers, "authorization") !== undefined;
      return sendGatewayResponse(handling, signed ? "INVALID_SIGNATURE" : "MISSING_AUTHENTICATION_TOKEN");
    }
    const state: RoutedState = { api, request, route };
    handling.state = state;
    if (body.kind === "client_left") return "client left";
    if (body.kind === "too_large") return sendGatewayResponse(handling, "REQUEST_TOO_LARGE");
    handling.body = body.bytes;
    if (!arnFits(methodArn(state))) {
      sendWhole(response, plainResponse(414, "Request URI too long"), request);
      return "path too long";
    }
    return await this.#authorizeAndIntegrate(handling, state);
  }

  async #authorizeAndIntegrate(handling: Handling, state: RoutedState): Promise<string> {
    const { functions } = this.#options;
    const { authorizer } = state.route.method;
    if (authorizer === undefined) {
      return joined("open", await integrate({ ...handling, state }, this.#options));
    }
    const { request } = state;
    const headers = receivedHeaders(request, handling.message.socket.localPort ?? 0);
    const invoke = (arn: string, event: unknown) => invokeBuffered(functions, arn, event, request.traceId);
    const authorization = await authorize(authorizer, state, headers, this.authorizerCache, invoke);
    const authorized = { ...state, authorizer: authorization.context };
    handling.state = authorized;
    if (authorization.allowed) {
      const decision = authorization.cached ? "allow (cached)" : "allow";
      return joined(decision, await integrate({ ...handling, state: authorized }, this.#options));
    }
    const { type, message, fault, context } = authorization;
    sendGatewayResponse(handling, type, message);
    const detail = fault ?? context?.["reason"];
    return detail === undefined ? type : `${type} ${detail}`;
  }
}

type Handling = {
  state: ApiState;
  body: Buffer;
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
};

function sendGatewayResponse(
  { response, state }: Handling,
  type: GatewayResponseType,
  message?: string,
): string {
  sendWhole(response, gatewayResponse(type, state, message), state.request);
  return type;
}

// An error of the local run itself, or its shutdown during a request.
function broken(handling: Handling, error: Error): string {
  if (handling.response.headersSent) handling.response.destroy();
  else sendGatewayResponse(handling, "API_CONFIGURATION_ERROR");
  return error.message;
}

function joined(decision: string, end: string | undefined): string {
  return end === undefined ? decision : `${decision}, ${end}`;
}
