// The record of a request for the terminal. Reads only the MCP method and tool name from the body, never arguments.
import { serverOf } from "../../functions/platform/event-fields.ts";
import type { RequestState } from "./context-variables.ts";

export type RequestRecord = {
  readonly at: Date;
  readonly status: number;
  readonly httpMethod: string;
  readonly path: string;
  readonly ms: number;
  /** `allow`, `open`, or the gateway response that was sent. */
  readonly decision: string;
  readonly server: string | undefined;
  readonly user: string | undefined;
  /** `tools/call` */
  readonly mcpMethod: string | undefined;
  /** Tool or prompt name. */
  readonly name: string | undefined;
  readonly requestId: string;
};

export function requestRecord(
  { request, route, authorizer }: RequestState,
  outcome: { status: number; decision: string; body: Buffer; ms: number },
): RequestRecord {
  const { body, ...rest } = outcome;
  return {
    ...rest,
    at: request.receivedAt,
    httpMethod: request.httpMethod,
    path: request.contextPath,
    server: authorizer?.["server"] ?? (serverOf({ ...route, resource: route?.resource.path }) || undefined),
    user: authorizer?.["sub"],
    ...mcpCall(body),
    requestId: request.requestId,
  };
}

// Larger bodies are not parsed for a terminal line.
const MAX_PARSED_BYTES = 256 * 1024;

function mcpCall(body: Buffer): Pick<RequestRecord, "mcpMethod" | "name"> {
  if (body.length > MAX_PARSED_BYTES) return { mcpMethod: undefined, name: undefined };
  try {
    const { method, params } = JSON.parse(body.toString("utf8"));
    return {
      mcpMethod: typeof method === "string" ? method : undefined,
      name: typeof params?.name === "string" ? params.name : undefined,
    };
  } catch {
    return { mcpMethod: undefined, name: undefined };
  }
}
