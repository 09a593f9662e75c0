// Task ids of MCP 2025-11-25 and of the tasks extension of 2026-07-28: opens sealed ids in a client's messages and seals ids in a server's.
// A sealed id also names the task's tool if the server has tool rules, because these rules apply to the task too.
import { createHash } from "node:crypto";
import { decideAccessTo, isEnforced } from "./access.ts";
import type { GatewayRequest } from "./admit-request.ts";
import { type Denial, hiddenBy } from "./authorize-messages.ts";
import type { EffectiveServer } from "./config/effective-server.ts";
import { type ErrorResponse, errorResponse } from "./error-response.ts";
import { objectOrEmpty, readJson } from "./json.ts";
import { type JsonPath, replaceStrings } from "./json-strings.ts";
import type { McpMessage } from "./mcp-message.ts";
import type { Principal } from "./principal.ts";
import { META } from "./protocol-keys.ts";
import { encodedHeaderValue } from "./routing-headers.ts";
import { hasSealedForm } from "./sealed-id.ts";

const TASKS_EXTENSION = "io.modelcontextprotocol/tasks";

export type TaskReference = { id: string; tool?: string | undefined };

export type OpenedTasks = {
  request: GatewayRequest;
  /** the sealed id for each of the server's own */
  clientIds: ReadonlyMap<string, string>;
  /** the tools of the named tasks; undefined for a task whose tool is not known */
  tools: readonly (string | undefined)[];
};

/** The text to seal for a task. */
export function taskText({ id, tool }: TaskReference): string {
  return JSON.stringify(tool === undefined ? [id] : [id, tool]);
}

/** Reads what {@link taskText} made. */
export function readTaskText(text: string): TaskReference {
  const [id, tool] = JSON.parse(text) as [string, string?];
  return { id, tool };
}

/** Whether a request names a task. @param body needed because `messages` lacks the results of responses */
export function namesTasks(messages: readonly McpMessage[], body: string | undefined): boolean {
  // Part of the name only, since some clients escape its slash as `\/`.
  return body?.includes("related-task") === true || messages.some(namesTask);
}

function namesTask(message: McpMessage): boolean {
  const related = objectOrEmpty(message.params["_meta"])[META.relatedTask];
  return isTaskMethod(message.method) || listenedTasks(message) !== undefined || related !== undefined;
}

/**
 * Whether a response to these messages can contain a task.
 *
 * @param messages the messages of a POST; none for the stream of a GET, which can contain anything
 */
export function canReturnTasks(messages: readonly McpMessage[]): boolean {
  return messages.length === 0 || messages.some(messageCanReturnTask);
}

function messageCanReturnTask(message: McpMessage): boolean {
  const { method, params } = message;
  const capabilities = objectOrEmpty(objectOrEmpty(params["_meta"])[META.clientCapabilities]);
  return (
    namesTask(message) ||
    isTaskList(method) ||
    params["task"] !== undefined ||
    capabilities["tasks"] !== undefined ||
    objectOrEmpty(capabilities["extensions"])[TASKS_EXTENSION] !== undefined
  );
}

/**
 * Opens all task ids of a request.
 *
 * @param request the request, whose body was read as `messages`
 * @param open opens a sealed id; undefined if it was not sealed for this caller and server
 * @returns the request to check and to forward; undefined if an id was sealed for another caller or server. An id that the gateway never
 *   sealed is replaced by one that no task has, so that the server responds itself, and never sees a guess at another caller's task
 */
export function openTaskIds(
  request: GatewayRequest,
  messages: readonly McpMessage[],
  open: (sealed: string) => TaskReference | undefined,
): OpenedTasks | undefined {
  const clientIds = new Map<string, string>();
  const tools: (string | undefined)[] = [];
  let isKnown = messages.every(hasTextIds);
  const body = replaceStrings(request.body as string, (value, path) => {
    const [index, place] = messagePlace(path);
    const message = messages[index] as McpMessage;
    const isOwn = isTaskPlace(message.method, place);
    if (!isOwn && !isRelatedPlace(place)) return value;
    const task = open(value);
    // In a client's responses and notifications, a related task may be the client's own.
    if (task === undefined && !isOwn && (message.method === undefined || message.id === undefined))
      return value;
    if (task === undefined && hasSealedForm(value)) isKnown = false;
    const id = task?.id ?? noTaskId(value);
    clientIds.set(id, value);
    tools.push(task?.tool);
    return id;
  });
  if (!isKnown) return undefined;
  return {
    request: { ...request, body, headers: openedHeaders(request, messages, clientIds) },
    clientIds,
    tools,
  };
}

function noTaskId(clientId: string): string {
  return `unknown-${createHash("sha256").update(clientId).digest("base64url")}`;
}

// The routing header repeats the id: it was compared with the body as the client wrote both.
function openedHeaders(
  { headers }: GatewayRequest,
  messages: readonly McpMessage[],
  clientIds: ReadonlyMap<string, string>,
): GatewayRequest["headers"] {
  const [message] = messages;
  if (!headers.has("mcp-name") || !isTaskMethod(message?.method)) return headers;
  const clientId = message?.params["taskId"];
  const named = [...clientIds].filter(([, sealed]) => sealed === clientId);
  return new Map([...headers, ...named.map(([id]) => ["mcp-name", [encodedHeaderValue(id)]] as const)]);
}

/**
 * Applies curation and tool rules to a request about tasks: a caller may use a task if the caller may call its tool now.
 *
 * @param tools the tools of the named tasks
 * @returns undefined if all are allowed; a denial that `log_only` only logs if there is no other
 */
export function taskDenial(
  tools: OpenedTasks["tools"],
  server: EffectiveServer,
  principal: Principal,
): Required<Denial> | undefined {
  const denials = tools.flatMap((name) => toolDenial(name, server, principal) ?? []);
  return denials.find(({ isShadow }) => !isShadow) ?? denials[0];
}

function toolDenial(
  name: string | undefined,
  server: EffectiveServer,
  principal: Principal,
): Required<Denial> | undefined {
  const decision = decideAccessTo({ kind: "tool", name }, server, principal);
  switch (decision.type) {
    case "allowed":
      return undefined;
    case "hidden":
      return {
        errorResponse: { ...unknownTask(), logged: "tool_denied" },
        target: { kind: "tool", name, ...hiddenBy(decision) },
        isShadow: !isEnforced(server, decision),
      };
    case "scopes": {
      const message = `The tool of this task needs the scopes ${decision.required.join(" ")}. Sign in again and ask for all of them.`;
      return {
        errorResponse: { ...errorResponse("insufficient_scope", message), scopes: decision.required },
        target: { kind: "tool", name, rule: decision.rule, missingScopes: decision.missing },
        isShadow: !isEnforced(server, {}),
      };
    }
  }
}

/** The response for a task that is not the caller's. */
export function unknownTask(): ErrorResponse {
  return errorResponse("unknown_name", "Unknown task: there is no such task for you at this server.");
}

/** Most ids in one message that are sealed, as of the entries of a list. A million took 10 seconds, in which no other request of the function is served. */
const SEALED_MAX = 100_000;

/**
 * Seals all task ids of a server's message, or of a batch of them.
 *
 * @param text JSON as the server sent it
 * @param seal returns the sealed id for the server's own
 * @returns the text to relay: the same one if it names no task, is not valid JSON or has too many objects. An id that is not sealed cannot be used at the gateway.
 */
export function sealTaskIds(text: string, seal: (id: string) => string): string {
  if (!text.includes("taskId")) return text;
  const reading = readJson(text.replace(/^\uFEFF/, ""), { allowNonFinite: true });
  if (!reading.ok) return text;
  const messages = [reading.value].flat().map(objectOrEmpty);
  let sealed = 0;
  return replaceStrings(text, (value, path) => {
    const [index, place] = messagePlace(path);
    if (!isSealedPlace(messages[index] as Record<string, unknown>, place) || sealed === SEALED_MAX)
      return value;
    sealed += 1;
    return seal(value);
  });
}

function isSealedPlace({ method, result }: Record<string, unknown>, place: JsonPath): boolean {
  const [root, ...rest] = place;
  if (root === "params") {
    // The server's own requests `tasks/…` are about tasks of the client's.
    const isNotification = typeof method === "string" && method.startsWith("notifications/");
    return isRelatedPlace(place) || (isNotification && (is(rest, "taskId") || isListenedPlace(rest)));
  }
  if (root !== "result") return false;
  return (
    (is(rest, "taskId") && objectOrEmpty(result)["status"] !== undefined) ||
    is(rest, "task", "taskId") ||
    is(rest, "tasks", ANY_INDEX, "taskId") ||
    isRelatedPlace(place) ||
    (rest[0] === "result" && isRelatedPlace(rest))
  );
}

// Lax servers may read `Tasks/Get` as `tasks/get`.
function spellingOf(method: string | undefined): string {
  return method?.trim().toLowerCase() ?? "";
}

function isTaskList(method: string | undefined): boolean {
  return spellingOf(method) === "tasks/list";
}

function isTaskMethod(method: string | undefined): boolean {
  return spellingOf(method).startsWith("tasks/") && !isTaskList(method);
}

function isListen(method: string | undefined): boolean {
  return spellingOf(method) === "subscriptions/listen";
}

function isTaskPlace(method: string | undefined, [root, ...rest]: JsonPath): boolean {
  if (root !== "params") return false;
  return (isTaskMethod(method) && is(rest, "taskId")) || (isListen(method) && isListenedPlace(rest));
}

function isListenedPlace(place: JsonPath): boolean {
  return is(place, "notifications", "taskIds", ANY_INDEX);
}

function isRelatedPlace([, ...rest]: JsonPath): boolean {
  return is(rest, "_meta", META.relatedTask, "taskId");
}

function listenedTasks({ method, params }: McpMessage): unknown {
  return isListen(method) ? objectOrEmpty(params["notifications"])["taskIds"] : undefined;
}

// Sealed ids are strings. A lax server might read another type as one of its own ids.
function hasTextIds(message: McpMessage): boolean {
  const listened = listenedTasks(message) ?? [];
  const areTexts = Array.isArray(listened) && listened.every((id) => typeof id === "string");
  return areTexts && (!isTaskMethod(message.method) || typeof message.params["taskId"] === "string");
}

const ANY_INDEX = 0;

function is(place: JsonPath, ...expected: JsonPath): boolean {
  return (
    place.length === expected.length &&
    place.every((key, at) => (typeof key === "number" ? expected[at] === ANY_INDEX : key === expected[at]))
  );
}

/** The index of a message in a body, and a path in that message. */
function messagePlace(path: JsonPath): [index: number, place: JsonPath] {
  const [first, ...rest] = path;
  return typeof first === "number" ? [first, rest] : [0, path];
}
