// The answer of a buffered Lambda proxy integration: a JSON object in the proxy format; anything else is a 502.

import type { FunctionResult } from "./authorizer.ts";
import type { RequestState } from "./context-variables.ts";
import { gatewayResponse, type WholeResponse } from "./gateway-response.ts";
import { clientHeaders, mergedHeaders } from "./response-headers.ts";

/** Turns a function's result into the client's answer. */
export function bufferedAnswer(result: FunctionResult, state: RequestState): WholeResponse {
  const read = result.ok ? readProxyResponse(result.output) : undefined;
  return read ?? gatewayResponse("BAD_INTEGRATION_OUTPUT", state);
}

const KEYS = ["statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"];

function readProxyResponse(output: unknown): WholeResponse | undefined {
  if (typeof output !== "object" || output === null || Array.isArray(output)) return undefined;
  // An unknown key makes the whole answer malformed.
  if (!Object.keys(output).every((key) => KEYS.includes(key))) return undefined;
  const { statusCode, body, ...rest } = output as Record<string, unknown>;
  const status = Number(statusCode);
  const headers = mergedHeaders(rest);
  if (!Number.isInteger(status) || status < 100 || status > 599 || headers === undefined) return undefined;
  if (body !== undefined && body !== null && typeof body !== "string") return undefined;
  // isBase64Encoded has no effect without binary media types: the text goes out as it is.
  return { status, headers: clientHeaders(headers), body: body ?? "" };
}
