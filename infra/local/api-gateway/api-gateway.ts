// A REST API in front of functions on this machine: takes each request through limits, routing, authorizer and
// integration in API Gateway's order, and reports how it went.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { LambdaFunction } from "../lambda/lambda-function.ts";
import type { RestApi } from "../template/rest-api.ts";
import { authorize } from "./authorizer.ts";
import { AuthorizerCache } from "./authorizer-cache.ts";
import { bufferedAnswer } from "./buffered-integration.ts";
import type { RequestState } from "./context-variables.ts";
import { invokeBuffered } from "./function-result.ts";
import { readGatewayRequest } from "./gateway-request.ts";
import { type GatewayResponseType, gatewayResponse, type WholeResponse } from "./gateway-response.ts";
import { headerValue } from "./header-maps.ts";
import { mockAnswer } from "./mock-integration.ts";
import { readRequestBody } from "./request-body.ts";
import { methodArn, proxyEvent, type RoutedState } from "./request-event.ts";
import { integrationHeaders, receivedHeaders } from "./request-headers.ts";
import { arnFits, headFits } from "./request-limits.ts";
import { type RequestRecord, requestRecord } from "./request-record.ts";
import { findRoute } from "./route.ts";
import { sendHead, sendWhole } from "./send-response.ts";
import { readStreamHead } from "./stream-frame.ts";
import { relayStream, type StreamLimits } from "./stream-relay.ts";

/** What an API is run with. */
export type ApiGatewayOptions = {
  readonly api: RestApi;
  /** By ARN. */
  readonly functions: ReadonlyMap<string, LambdaFunction>;
  /** Whether paths begin with the stage, as on `execute-api`. */
  readonly stagePath: boolean;
  readonly onRequest?: (record: RequestRecord) => void;
  readonly streamLimits?: StreamLimits;
  /** Milliseconds since the epoch, for the authorizer cache. */
  readonly now?: () => number;
};

const STREAM_LIMITS: StreamLimits = { idleMs: 5 * 60_000, maxBytes: 200 * 1024 * 1024 };

type Outcome = { readonly status: number; readonly decision: string };

/** Handles requests of one API. */
export class ApiGateway {
  readonly #options: ApiGatewayOptions;
  readonly authorizerCache: AuthorizerCache;

  constructor(options: ApiGatewayOptions) {
    this.#options = options;
    this.authorizerCache = new AuthorizerCache(options.now);
  }

  /** Listener of an HTTP server. */
  readonly handle = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { api, stagePath, onRequest } = this.#options;
    const started = performance.now();
    const request = readGatewayRequest(message, stagePath ? api.stage : undefined);
    if (request === undefined) {
      message.resume();
      sendWhole(response, { status: 403, headers: JSON_HEADERS, body: '{"message":"Forbidden"}' }, undefined);
      return;
    }
    const exchange: Exchange = { state: { api, request }, message, response, body: Buffer.alloc(0) };
    const { status, decision } = await this.#answer(exchange);
    const { state, body } = exchange;
    onRequest?.(requestRecord(state, { status, decision, body, ms: performance.now() - started }));
  };

  async #answer(exchange: Exchange): Promise<Outcome> {
    const { message } = exchange;
    const { api, request } = exchange.state;
    const body = await readRequestBody(message);
    if (!headFits(`${message.method} ${message.url} HTTP/1.1`, request.headers)) {
      return whole(exchange, {
        status: 431,
        headers: JSON_HEADERS,
        body: '{"message":"Request Header Fields Too Large"}',
      });
    }
    const route = findRoute(api, request.httpMethod, request.path);
    if (route === undefined) {
      // Without a method to say how to authorize, API Gateway takes the header for a broken Signature Version 4.
      const signed = headerValue(request.headers, "authorization") !== undefined;
      return refused(exchange, signed ? "INVALID_SIGNATURE" : "MISSING_AUTHENTICATION_TOKEN");
    }
    const state: RoutedState = { ...exchange.state, route };
    exchange.state = state;
    if (body.kind === "client_left") return { status: 499, decision: "client left" };
    if (body.kind === "too_large") return refused(exchange, "REQUEST_TOO_LARGE");
    exchange.body = body.bytes;
    if (!arnFits(methodArn(state))) {
      return whole(exchange, {
        status: 414,
        headers: JSON_HEADERS,
        body: '{"message":"Request URI too long"}',
      });
    }
    const authorizer = route.method.authorizer;
    if (authorizer === undefined) return await this.#integrate(exchange, state, "open");
    const headers = receivedHeaders(request, message.socket.localPort ?? 0);
    const invoke = (arn: string, event: unknown) =>
      invokeBuffered(this.#options.functions, arn, event, request.traceId);
    const authorization = await authorize(authorizer, state, headers, this.authorizerCache, invoke);
    const authorized = { ...state, authorizer: authorization.context };
    exchange.state = authorized;
    if (authorization.allowed) {
      return await this.#integrate(exchange, authorized, authorization.cached ? "allow (cached)" : "allow");
    }
    const { type, message: reason, fault, context } = authorization;
    const detail = fault ?? context?.["reason"];
    return refused(exchange, type, reason, detail === undefined ? type : `${type} ${detail}`);
  }

  async #integrate(exchange: Exchange, state: RoutedState, decision: string): Promise<Outcome> {
    const { integration } = state.route.method;
    if (integration.type === "MOCK") return whole(exchange, mockAnswer(integration, state), decision);
    const headers = receivedHeaders(state.request, exchange.message.socket.localPort ?? 0);
    const event = proxyEvent(state, integrationHeaders(headers), exchange.body);
    const deadline = AbortSignal.timeout(integration.timeoutMs);
    const timeout = new Promise<"timeout">((resolve) =>
      deadline.addEventListener("abort", () => resolve("timeout")),
    );
    const { functions, streamLimits = STREAM_LIMITS } = this.#options;
    if (!integration.streaming) {
      const result = await Promise.race([
        timeout,
        invokeBuffered(functions, integration.functionArn, event, state.request.traceId),
      ]);
      if (result === "timeout") return refused(exchange, "INTEGRATION_TIMEOUT");
      if (!result.ok && result.errorType === "RequestEntityTooLarge")
        return refused(exchange, "REQUEST_TOO_LARGE");
      return whole(exchange, bufferedAnswer(result, state), decision);
    }
    const answer = await Promise.race([
      timeout,
      functions.get(integration.functionArn)?.invoke(event, state.request.traceId),
    ]);
    if (answer === "timeout") return refused(exchange, "INTEGRATION_TIMEOUT");
    if (answer?.kind === "event_too_large") return refused(exchange, "REQUEST_TOO_LARGE");
    if (answer?.kind !== "response") return refused(exchange, "BAD_INTEGRATION_STREAM");
    const head = await Promise.race([timeout, readStreamHead(answer.body)]);
    if (head === undefined || head === "timeout") {
      answer.body.on("error", () => {}).resume();
      return refused(exchange, head === undefined ? "BAD_INTEGRATION_STREAM" : "INTEGRATION_TIMEOUT");
    }
    sendHead(exchange.response, head, state.request);
    const end = await relayStream(answer.body, exchange.response, streamLimits, deadline);
    return { status: head.status, decision: end === "complete" ? decision : `${decision}, ${end}` };
  }
}

type Exchange = {
  state: RequestState;
  body: Buffer;
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
};

const JSON_HEADERS = [["Content-Type", "application/json"]] as const;

function whole({ response, state }: Exchange, answer: WholeResponse, decision = "refused"): Outcome {
  sendWhole(response, answer, state.request);
  return { status: answer.status, decision };
}

function refused(
  exchange: Exchange,
  type: GatewayResponseType,
  message?: string,
  decision: string = type,
): Outcome {
  return whole(exchange, gatewayResponse(type, exchange.state, message), decision);
}
