// Translates the client names of renamed tools and prompts in a request, in the body's text and in `Mcp-Name`, before the request is checked:
// checks, rules and limits then see the server's names, and exactly the checked text is forwarded.
import { curationFor } from "./access.ts";
import type { GatewayRequest } from "./admit-request.ts";
import type { EffectiveServer } from "./config/effective-server.ts";
import { objectOrEmpty } from "./json.ts";
import { type JsonPath, replaceStrings } from "./json-strings.ts";
import { type McpMessage, parseMcpBody } from "./mcp-message.ts";
import { subjectOfMethod } from "./mcp-methods.ts";
import { decodedHeaderValue, encodedHeaderValue } from "./routing-headers.ts";

/** A request with the server's names. */
export type RenamedRequest = {
  request: GatewayRequest;
  /** the name that the first message has for the client, if it differs from the server's */
  clientName?: string;
};

/**
 * Translates a request.
 *
 * @param request the request as the client sent it
 * @param server the requested server; undefined if unknown
 * @param maxDepth `limits.max_json_depth`
 * @returns the same request if no name is translated, or if its body is not valid MCP and will be denied
 */
export function renameRequest(
  request: GatewayRequest,
  server: EffectiveServer | undefined,
  maxDepth: number,
): RenamedRequest {
  const { method, body } = request;
  if (server === undefined || !hasRenames(server) || method !== "POST" || body === undefined)
    return { request };
  const parsed = parseMcpBody(body, maxDepth);
  if (!parsed.ok) return { request };
  const { messages } = parsed;
  let clientName: string | undefined;
  const renamed = replaceStrings(body, (value, path) => {
    const [index, place] = messagePlace(path);
    const real = realNames(messages[index] as McpMessage, place, server)?.get(value);
    if (index === 0 && real !== undefined) clientName = value;
    return real ?? value;
  });
  const headers = renamedHeaders(request.headers, messages, server);
  if (renamed === body && headers === request.headers) return { request };
  return { request: { ...request, body: renamed, headers }, ...(clientName !== undefined && { clientName }) };
}

function hasRenames({ curation }: EffectiveServer): boolean {
  return [curation?.tools, curation?.prompts].some(
    (kind) => kind !== undefined && kind.names.toReal.size > 0,
  );
}

/** The translation of the string at a place in a message; undefined if it names neither a tool nor a prompt. */
function realNames(
  message: McpMessage,
  [root, ...place]: JsonPath,
  server: EffectiveServer,
): ReadonlyMap<string, string> | undefined {
  const kind = namedKind(message);
  if (kind === undefined || root !== "params") return undefined;
  const path = kind.isReference ? ["ref", "name"] : ["name"];
  const isName = place.length === path.length && path.every((key, at) => key === place[at]);
  return isName ? curationFor(kind.kind, server)?.names.toReal : undefined;
}

/** What a message names: a tool or a prompt, directly or by a reference. */
function namedKind({
  method,
  params,
}: McpMessage): { kind: "tool" | "prompt"; isReference?: true } | undefined {
  const subject = subjectOfMethod(method);
  if (subject === "tool" || subject === "prompt") return { kind: subject };
  const isPrompt = subject === "reference" && objectOrEmpty(params["ref"])["type"] === "ref/prompt";
  return isPrompt ? { kind: "prompt", isReference: true } : undefined;
}

// A header that contradicts the body still does after both are translated, since the translation is one-to-one.
function renamedHeaders(
  headers: GatewayRequest["headers"],
  messages: readonly McpMessage[],
  server: EffectiveServer,
): GatewayRequest["headers"] {
  const [message] = messages;
  const kind = message && namedKind(message);
  const values = headers.get("mcp-name");
  if (kind === undefined || values === undefined) return headers;
  const toReal = curationFor(kind.kind, server)?.names.toReal;
  const renamed = values.map((value) => {
    const real = toReal?.get(decodedHeaderValue(value) ?? "");
    return real === undefined ? value : encodedHeaderValue(real);
  });
  return renamed.every((value, at) => value === values[at])
    ? headers
    : new Map([...headers, ["mcp-name", renamed]]);
}

/** The index of a message in a body, and a path in that message. */
function messagePlace(path: JsonPath): [index: number, place: JsonPath] {
  const [first, ...rest] = path;
  return typeof first === "number" ? [first, rest] : [0, path];
}
