// The response of a buffered Lambda proxy integration: a JSON object in the proxy format; anything else is malformed.
import type { FunctionResult } from "./authorizer.ts";
import type { WholeResponse } from "./gateway-response.ts";
import { clientHeaders, isStatus, mergedHeaders } from "./response-headers.ts";

const KEYS = ["statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"];

/** Turns a function's result into the client's response; undefined when it failed or is malformed. */
export function bufferedResponse(result: FunctionResult): WholeResponse | undefined {
  const output = result.ok ? result.output : undefined;
  if (typeof output !== "object" || output === null || Array.isArray(output)) return undefined;
  if (!Object.keys(output).every((key) => KEYS.includes(key))) return undefined;
  const { statusCode, body, ...rest } = output as Record<string, unknown>;
  const status = Number(statusCode);
  const headers = mergedHeaders(rest);
  if (!isStatus(status) || headers === undefined) return undefined;
  if (body !== undefined && body !== null && typeof body !== "string") return undefined;
  // isBase64Encoded has no effect without binary media types: the text goes out as it is.
  return { status, headers: clientHeaders(headers), body: body ?? "" };
}
