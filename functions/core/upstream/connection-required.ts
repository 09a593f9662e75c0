// Tells the user to connect an account first, in a form that clients display: URL elicitation (MCP 2026-07-28) or a tool result. Any
// other request gets the error.
import type { ErrorResponse, RequestId } from "../error-response.ts";
import { isJsonObject, objectOrEmpty } from "../json.ts";
import type { McpMessage } from "../mcp-message.ts";
import { isStateless } from "../protocol-era.ts";
import { META } from "../protocol-keys.ts";

/** Requests whose result may request input. */
const MAY_ASK = ["tools/call", "prompts/get", "resources/read"];
/** Key of the input request and of the client's response to it. */
const CONNECT = "connect_account";

export type UnconnectedRequest = { messages: readonly McpMessage[]; protocolVersion: string | undefined };

/**
 * The response body.
 *
 * @param denied the error, with the page on which the user connects the account
 * @returns undefined if the error itself is the response
 */
export function connectionRequiredBody(
  { message, connectUrl }: Pick<ErrorResponse, "message" | "connectUrl">,
  { messages, protocolVersion }: UnconnectedRequest,
): string | undefined {
  const [asked, ...others] = messages;
  if (asked === undefined || asked.id === undefined || asked.id === null || others.length > 0)
    return undefined;
  const hasResultTypes = isStateless(protocolVersion);
  if (hasResultTypes && connectUrl !== undefined && mayBeAsked(asked)) {
    // The same URL for all users: it identifies no pending connection that another person could complete.
    const params = { mode: "url", message, url: connectUrl };
    const inputRequests = { [CONNECT]: { method: "elicitation/create", params } };
    return resultBody(asked.id, { resultType: "input_required", inputRequests });
  }
  if (asked.method !== "tools/call") return undefined;
  const result = { content: [{ type: "text", text: message }], isError: true };
  return resultBody(asked.id, hasResultTypes ? { resultType: "complete", ...result } : result);
}

/** Whether the client supports URL elicitation and was not asked before. */
function mayBeAsked({ method = "", params }: McpMessage): boolean {
  const { elicitation } = objectOrEmpty(objectOrEmpty(params["_meta"])[META.clientCapabilities]);
  const showsUrls = isJsonObject(objectOrEmpty(elicitation)["url"]);
  const wasAsked = objectOrEmpty(params["inputResponses"])[CONNECT] !== undefined;
  return MAY_ASK.includes(method) && showsUrls && !wasAsked;
}

function resultBody(id: RequestId, result: object): string {
  return JSON.stringify({ jsonrpc: "2.0", id, result });
}
