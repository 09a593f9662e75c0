// Ids in a response: clients get sealed ones for the server's own session, events and tasks.
import type { AdmittedRequest } from "../core/admit-request.ts";
import { joinRuntimeSession } from "../core/agentcore-session.ts";
import type { BodyFilter } from "../core/body-filter.ts";
import { eventIdFilter, eventIdText } from "../core/event-ids.ts";
import type { SealTasks } from "../core/task-filter.ts";
import { canAnswerWithTasks, sealTaskIds, taskText } from "../core/task-ids.ts";
import type { OpenedRequest } from "./request-ids.ts";
import type { SealedIds, SealId } from "./sealed-ids.ts";

/** What is done to a response for its ids. */
export type ResponseIds = {
  /** the client's session id; undefined where the response begins or names no session */
  session: string | undefined;
  /** what its messages pass */
  sealTasks: SealTasks | undefined;
  /** what an event stream passes, last of all */
  eventIds: BodyFilter | undefined;
};

function sealedSession(session: string, { runtimeSession }: OpenedRequest): string {
  return runtimeSession === undefined ? session : joinRuntimeSession(session, runtimeSession);
}

/** The response, as far as its ids depend on it. */
export type ResponseHeadForIds = { session: string | undefined; isEventStream: boolean };

/**
 * Prepares a response's ids.
 *
 * @param head the response of the server
 * @param admitted the request as it was sent on
 * @param opened the ids of the request
 * @param ids reads the secret where there can be an id to seal
 * @returns undefined where the server's session id is too long to be sent back by clients
 * @throws SecretUnavailable where the secret can't be read, unless event ids alone would need it
 */
export async function sealResponseIds(
  head: ResponseHeadForIds,
  { principal, messages }: AdmittedRequest,
  opened: OpenedRequest,
  ids: Pick<SealedIds, "sealer">,
): Promise<ResponseIds | undefined> {
  const hasTasks = canAnswerWithTasks(messages);
  const needsSecret = head.session !== undefined || hasTasks;
  // Without its event ids a stream can't be resumed, but it is whole.
  const seal: SealId = needsSecret
    ? await ids.sealer()
    : head.isEventStream
      ? await ids.sealer().catch(() => () => undefined)
      : () => undefined;
  const session =
    head.session === undefined ? undefined : seal("session", sealedSession(head.session, opened), principal);
  if (session === undefined && head.session !== undefined) return undefined;

  const { origin, clientTaskIds } = opened;
  // The event ids of the response that begins a session belong to it.
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
