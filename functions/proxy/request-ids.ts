// Opens the sealed ids in a request. A request with an id that was not sealed for this caller and server is denied.

import { randomUUID } from "node:crypto";
import { accessTargets } from "../core/access.ts";
import type { AdmittedRequest, GatewayRequest } from "../core/admit-request.ts";
import type { DeniedTarget } from "../core/authorize-messages.ts";
import { isAgentCore } from "../core/config/upstream/agentcore.ts";
import { type ErrorResponse, errorResponse } from "../core/error-response.ts";
import { cannotReturnLists, readEventIdText, type StreamOrigin } from "../core/event-ids.ts";
import { beginsSession } from "../core/protocol-era.ts";
import {
  namesTasks,
  type OpenedTasks,
  openTaskIds,
  readTaskText,
  taskDenial,
  unknownTask,
} from "../core/task-ids.ts";
import {
  type RuntimeSession,
  runtimeSessionOf,
  splitRuntimeSession,
} from "../core/upstream/agentcore-session.ts";
import type { OpenId, SealedIds } from "./sealed-ids.ts";

export type OpenedRequest = {
  request: GatewayRequest;
  /** the server's session id */
  session: string | undefined;
  /** the session of the AgentCore Runtime that runs the server */
  runtimeSession?: string;
  /** the stream that the response continues or begins */
  origin: StreamOrigin;
  /** the client's task id for each task id of the server */
  clientTaskIds: ReadonlyMap<string, string>;
  /** the error response of a rule in `log_only` mode */
  shadowed?: ErrorResponse;
  /** the target of that rule */
  denied?: readonly DeniedTarget[];
};

export type IdOpening =
  | ({ ok: true } & OpenedRequest)
  | { ok: false; errorResponse: ErrorResponse; denied?: readonly DeniedTarget[] };

const NO_TASKS: Omit<OpenedTasks, "request"> = { clientIds: new Map(), tools: [] };

/**
 * Opens all ids of a request.
 *
 * @param ids reads the secrets if there is an id to open
 * @throws SecretUnavailable if a secret can't be read
 */
export async function openRequestIds(
  request: GatewayRequest,
  admitted: AdmittedRequest,
  ids: Pick<SealedIds, "opener">,
): Promise<IdOpening> {
  const { principal, server, messages } = admitted;
  const { headers, method } = request;
  const isResumption = method === "GET" && headers.has("last-event-id");
  const hasTasks = method === "POST" && namesTasks(messages, request.body);
  const needsSecret = headers.has("mcp-session-id") || isResumption || hasTasks;
  const open: OpenId = needsSecret ? await ids.opener() : () => undefined;

  const openedSession = openHeader(request, "mcp-session-id", (id) => open("session", id, principal));
  // Clients that lost a session send its id with the `initialize` of the next one.
  if (openedSession === "unknown" && !beginsSession(messages)) {
    const message =
      "The session id is unknown at this server, or belongs to another user. Start a new session with initialize.";
    return { ok: false, errorResponse: errorResponse("session_unknown", message) };
  }
  const inRuntime = isAgentCore(server.upstreamAuth);
  const { session, runtimeSession } = splitSession(
    openedSession === "unknown" ? undefined : openedSession,
    inRuntime,
  );
  const event = isResumption
    ? openHeader(request, "last-event-id", (id) => open("event", id, { ...principal, session }))
    : undefined;
  if (event === "unknown") {
    const message =
      "The event id is unknown at this server, or belongs to another user. Send the request again, or open a new stream.";
    return { ok: false, errorResponse: errorResponse("event_unknown", message) };
  }
  const resumed = event === undefined ? undefined : readEventIdText(event);

  const tasks = hasTasks
    ? openTaskIds(request, messages, (sealed) => {
        const opened = open("task", sealed, principal);
        return opened === undefined ? undefined : readTaskText(opened);
      })
    : { ...NO_TASKS, request };
  if (tasks === undefined) return { ok: false, errorResponse: unknownTask() };
  const denial = taskDenial(tasks.tools, server, principal);
  if (denial !== undefined && !denial.isShadow)
    return { ok: false, errorResponse: denial.errorResponse, denied: [denial.target] };

  const origin = resumed ?? {
    cannotReturnLists: cannotReturnLists(messages),
    tool: toolOf(admitted, tasks.tools),
  };
  return {
    ok: true,
    request: { ...tasks.request, headers: openedHeaders(tasks.request.headers, session, resumed?.id) },
    session,
    ...(inRuntime && { runtimeSession: runtimeSession ?? newRuntimeSession(admitted, session) }),
    origin: { cannotReturnLists: origin.cannotReturnLists, tool: origin.tool },
    clientTaskIds: tasks.clientIds,
    ...(denial && { shadowed: denial.errorResponse, denied: [denial.target] }),
  };
}

function splitSession(opened: string | undefined, inRuntime: boolean): Partial<RuntimeSession> {
  return inRuntime && opened !== undefined ? splitRuntimeSession(opened) : { session: opened };
}

/** One AgentCore session per MCP session; requests without a session share one per caller. */
function newRuntimeSession({ principal, messages }: AdmittedRequest, session: string | undefined): string {
  return runtimeSessionOf({ ...principal, session }, beginsSession(messages) ? randomUUID() : undefined);
}

function openHeader<Opened>(
  { headers }: GatewayRequest,
  name: string,
  open: (clientId: string) => Opened | undefined,
): Opened | "unknown" | undefined {
  const values = headers.get(name);
  if (values === undefined) return undefined;
  return (values.length === 1 ? open(values[0] as string) : undefined) ?? "unknown";
}

function openedHeaders(
  headers: GatewayRequest["headers"],
  session: string | undefined,
  eventId: string | undefined,
): GatewayRequest["headers"] {
  if (!headers.has("mcp-session-id") && !headers.has("last-event-id")) return headers;
  const opened = new Map(headers);
  // Ids that were not opened: a lost session's with `initialize`, and an event's on other requests than GET, which resume no stream.
  opened.delete("mcp-session-id");
  opened.delete("last-event-id");
  if (session !== undefined) opened.set("mcp-session-id", [session]);
  // The HTML standard requires UTF-8 in Last-Event-ID; Node's header strings contain one byte per character.
  if (eventId !== undefined) opened.set("last-event-id", [Buffer.from(eventId).toString("latin1")]);
  return opened;
}

// The tool that the request calls, or whose tasks it names. Only needed if the server has rules or curation for tools.
function toolOf({ server, messages }: AdmittedRequest, taskTools: OpenedTasks["tools"]): string | undefined {
  const [message, ...others] = messages;
  const isNeeded = server.toolRules !== undefined || server.curation?.tools !== undefined;
  if (!isNeeded || message === undefined || others.length > 0) return undefined;
  if (message.method === "tools/call") return accessTargets(message)[0]?.name;
  return new Set(taskTools).size === 1 ? taskTools[0] : undefined;
}
