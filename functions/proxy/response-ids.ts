// Seals session, event and task ids in a response.
import type { AdmittedRequest } from "../core/admit-request.ts";
import type { BodyFilter } from "../core/body-filter.ts";
import { eventIdFilter, eventIdText } from "../core/event-ids.ts";
import type { SealTasks } from "../core/task-filter.ts";
import { canReturnTasks, sealTaskIds, taskText } from "../core/task-ids.ts";
import { joinRuntimeSession } from "../core/upstream/agentcore-session.ts";
import type { OpenedRequest } from "./request-ids.ts";
import type { SealedIds, SealId } from "./sealed-ids.ts";

export type ResponseIds = {
  /** the client's session id; undefined if the response has none */
  session: string | undefined;
  /** seals task ids in messages */
  sealTasks: SealTasks | undefined;
  /** seals event ids of an event stream, as the last step */
  eventIds: BodyFilter | undefined;
};

function sealedSession(session: string, { runtimeSession }: OpenedRequest): string {
  return runtimeSession === undefined ? session : joinRuntimeSession(session, runtimeSession);
}

export type ResponseHeadForIds = { session: string | undefined; isEventStream: boolean };

/**
 * Prepares a response's ids.
 *
 * @param ids reads the secret if there may be an id to seal
 * @returns undefined if the server's session id is too long to be sealed
 * @throws SecretUnavailable if the secret can't be read and is needed for more than event ids
 */
export async function sealResponseIds(
  head: ResponseHeadForIds,
  { principal, messages }: AdmittedRequest,
  opened: OpenedRequest,
  ids: Pick<SealedIds, "sealer">,
): Promise<ResponseIds | undefined> {
  const hasTasks = canReturnTasks(messages);
  const needsSecret = head.session !== undefined || hasTasks;
  // Without event ids, a stream is complete but can't be resumed.
  const seal: SealId = needsSecret
    ? await ids.sealer()
    : head.isEventStream
      ? await ids.sealer().catch(() => () => undefined)
      : () => undefined;
  const session =
    head.session === undefined ? undefined : seal("session", sealedSession(head.session, opened), principal);
  if (session === undefined && head.session !== undefined) return undefined;

  const { origin, clientTaskIds } = opened;
  // Event ids of the response that begins a session are bound to it.
  const binding = { ...principal, session: head.session ?? opened.session };
  const sealTask = (id: string) =>
    clientTaskIds.get(id) ?? seal("task", taskText({ id, tool: origin.tool }), principal) ?? id;
  return {
    session,
    sealTasks: hasTasks ? (text) => sealTaskIds(text, sealTask) : undefined,
    eventIds: head.isEventStream
      ? eventIdFilter((id) => seal("event", eventIdText(id, origin), binding))
      : undefined,
  };
}
