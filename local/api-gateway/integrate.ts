// Runs a method's integration for an authorized or open request and sends its response.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { LambdaFunction } from "../lambda/lambda-function.ts";
import { bufferedResponse } from "./buffered-integration.ts";
import { type Deadline, startDeadline } from "./deadline.ts";
import { invokeBuffered } from "./function-result.ts";
import { type GatewayResponseType, gatewayResponse } from "./gateway-response.ts";
import { runMockIntegration } from "./mock-integration.ts";
import { proxyEvent, type RoutedState } from "./request-event.ts";
import { integrationHeaders, receivedHeaders } from "./request-headers.ts";
import { sendHead, sendWhole } from "./send-response.ts";
import { readStreamHead } from "./stream-frame.ts";
import { relayStream, type StreamLimits } from "./stream-relay.ts";

/** A request for an integration. */
export type Exchange = {
  readonly state: RoutedState;
  readonly body: Buffer;
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
};

export type IntegrationOptions = {
  /** By ARN. */
  readonly functions: ReadonlyMap<string, LambdaFunction>;
  readonly streamLimits: StreamLimits;
};

/** Sends the response; resolves to the error, or to undefined on success. */
export async function integrate(
  exchange: Exchange,
  options: IntegrationOptions,
): Promise<string | undefined> {
  const { state, body, message, response } = exchange;
  const { integration } = state.route.method;
  if (integration.type === "MOCK") {
    sendWhole(response, runMockIntegration(integration, state), state.request);
    return undefined;
  }
  const headers = integrationHeaders(receivedHeaders(state.request, message.socket.localPort ?? 0));
  const event = proxyEvent(state, headers, body);
  const deadline = startDeadline(integration.timeoutMs);
  try {
    const run = integration.streaming ? streamed : buffered;
    return await run(exchange, options, integration.functionArn, event, deadline);
  } finally {
    deadline.clear();
  }
}

type Run = (
  exchange: Exchange,
  options: IntegrationOptions,
  functionArn: string,
  event: unknown,
  deadline: Deadline,
) => Promise<string | undefined>;

const buffered: Run = async (exchange, { functions }, functionArn, event, { passed }) => {
  const { state, response } = exchange;
  const invoked = invokeBuffered(functions, functionArn, event, state.request.traceId);
  const result = await Promise.race([passed, invoked]);
  if (result === "timeout") return sendGatewayResponse(exchange, "INTEGRATION_TIMEOUT");
  if (!result.ok && result.errorType === "RequestEntityTooLarge")
    return sendGatewayResponse(exchange, "REQUEST_TOO_LARGE");
  const wholeResponse = bufferedResponse(result);
  if (wholeResponse === undefined) return sendGatewayResponse(exchange, "BAD_INTEGRATION_OUTPUT");
  sendWhole(response, wholeResponse, state.request);
  return undefined;
};

const streamed: Run = async (exchange, options, functionArn, event, { passed, signal }) => {
  const { state, response } = exchange;
  const invoked = options.functions.get(functionArn)?.invoke(event, state.request.traceId);
  const invocation = await Promise.race([passed, invoked]);
  if (invocation === "timeout") {
    // A late response is still read, so that the function can end.
    void invoked?.then((late) => late.kind === "response" && late.body.resume());
    return sendGatewayResponse(exchange, "INTEGRATION_TIMEOUT");
  }
  if (invocation?.kind === "event_too_large") return sendGatewayResponse(exchange, "REQUEST_TOO_LARGE");
  if (invocation?.kind !== "response") return sendGatewayResponse(exchange, "BAD_INTEGRATION_STREAM");
  const head = await Promise.race([passed, readStreamHead(invocation.body)]);
  if (head === undefined || head === "timeout") {
    invocation.body.on("error", () => {}).resume();
    return sendGatewayResponse(
      exchange,
      head === undefined ? "BAD_INTEGRATION_STREAM" : "INTEGRATION_TIMEOUT",
    );
  }
  sendHead(response, head, state.request);
  const end = await relayStream(invocation.body, response, options.streamLimits, signal);
  return end === "complete" ? undefined : end;
};

function sendGatewayResponse({ response, state }: Exchange, type: GatewayResponseType): string {
  sendWhole(response, gatewayResponse(type, state), state.request);
  return type;
}
