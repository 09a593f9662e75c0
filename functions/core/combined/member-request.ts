// Translates a client's message at the combined endpoint for one member: into what a client of the member's own URL would have sent.
// All other bytes stay as the client wrote them.
import { type AccessTarget, accessTargets } from "../access.ts";
import type { GatewayRequest } from "../admit-request.ts";
import { objectOrEmpty } from "../json.ts";
import { JsonEdits, json, object, string, type Visit } from "../json-edits.ts";
import { eachElement, endOfValue, isString, stringAt } from "../json-spans.ts";
import type { McpMessage } from "../mcp-message.ts";
import { subjectOfMethod } from "../mcp-methods.ts";
import { META } from "../protocol-keys.ts";
import { encodedHeaderValue } from "../routing-headers.ts";
import { type MemberNames, memberOfId, memberOfName, memberOfOpaqueId, memberOfUri } from "./names.ts";

/**
 * The request for one member.
 *
 * @param request the client's request for one message, whose headers agree with its body
 * @param message what `request.body` says
 * @param member a member that `routeOf` returned for the message
 */
export function memberRequest(
  request: GatewayRequest,
  message: McpMessage,
  member: string,
  names: MemberNames,
): GatewayRequest {
  if (names.separator === "") return { ...request, server: member };
  const own = ownTexts(member, names);
  const edits = new JsonEdits(request.body as string);
  bodyOf(message, own)(edits, edits.text.search(/\S/));
  return {
    ...request,
    server: member,
    headers: translatedHeaders(request.headers, message, own),
    body: edits.result(),
  };
}

/** Read a client's text as the member's own; undefined if it is not this member's. */
type OwnTexts = {
  name: (text: string) => string | undefined;
  uri: (text: string) => string | undefined;
  opaqueId: (text: string) => string | undefined;
  /** returns a JSON text */
  id: (value: unknown) => string | undefined;
};

function ownTexts(member: string, names: MemberNames): OwnTexts {
  const own = <Found extends { member: string }>(found: Found | undefined) =>
    found?.member === member ? found : undefined;
  return {
    name: (text) => own(memberOfName(text, names))?.name,
    uri: (text) => own(memberOfUri(text, names))?.uri,
    opaqueId: (text) => own(memberOfOpaqueId(text, names))?.id,
    id: (value) => own(memberOfId(value, names))?.json,
  };
}

function bodyOf(message: McpMessage, own: OwnTexts): Visit {
  // In a client's responses and notifications, a related task may be the client's own.
  const _meta = object({ [META.relatedTask]: object({ taskId: changed(own.opaqueId) }) });
  if (message.method === undefined) {
    return object({ id: ownId(message.id, own), result: object({ _meta }) });
  }
  return object({ params: object({ ...paramsOf(message, own), _meta }) });
}

function paramsOf({ method, params }: McpMessage, own: OwnTexts): Record<string, Visit> {
  if (method === "notifications/progress") return { progressToken: ownId(params["progressToken"], own) };
  const name = changed(own.name);
  const uri = changed(own.uri);
  switch (subjectOfMethod(method)) {
    case "none":
      return {};
    case "tool":
    case "prompt":
      return { name };
    case "resource":
      return { uri };
    case "task":
      return { taskId: changed(own.opaqueId) };
    case "reference": {
      const isPrompt = objectOrEmpty(params["ref"])["type"] === "ref/prompt";
      return { ref: object(isPrompt ? { name } : { uri }) };
    }
    case "subscriptions":
      return {
        notifications: object({ resourceSubscriptions: ownPart(own.uri), taskIds: ownPart(own.opaqueId) }),
      };
  }
}

// The routing header repeats what the body names.
function translatedHeaders(
  headers: GatewayRequest["headers"],
  message: McpMessage,
  own: OwnTexts,
): GatewayRequest["headers"] {
  const [target] = accessTargets(message);
  if (!headers.has("mcp-name") || target?.name === undefined) return headers;
  const translated = new Map(headers);
  const value = own[READER[target.kind]](target.name);
  // The one subscription of the request is another member's.
  if (value === undefined) translated.delete("mcp-name");
  else translated.set("mcp-name", [encodedHeaderValue(value)]);
  return translated;
}

const READER = {
  tool: "name",
  prompt: "name",
  resource: "uri",
  template: "uri",
  task: "opaqueId",
} as const satisfies Record<AccessTarget["kind"], keyof OwnTexts>;

function ownId(value: unknown, own: OwnTexts): Visit {
  return json((text) => own.id(value) ?? text);
}

function changed(read: (text: string) => string | undefined): Visit {
  return string((text) => read(text) ?? text);
}

/** The elements of an array of strings that are the member's own. */
function ownPart(read: (text: string) => string | undefined): Visit {
  return json((text) => {
    const parts: string[] = [];
    eachElement(text, 0, (at) => {
      const end = endOfValue(text, at);
      const own = isString(text, at) ? read(stringAt(text, at, end)) : undefined;
      if (own !== undefined) parts.push(JSON.stringify(own));
      return end;
    });
    return `[${parts.join(",")}]`;
  });
}
