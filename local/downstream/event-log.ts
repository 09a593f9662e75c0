// Keeps the last events of one session so that a client can resume a broken stream with Last-Event-ID.
// Bounded: the oldest events are evicted first. In memory only, for the lifetime of the session.
import type { EventStore, JSONRPCMessage } from "@modelcontextprotocol/server";

const SEPARATOR = "::";

type LoggedEvent = { position: number; streamId: string; message: JSONRPCMessage };

/**
 * An event store with at most `capacity` events. An event id is `<stream id>::<position>`, so a stream can be resumed even
 * if the client's last event was evicted.
 */
export function boundedEventLog(capacity: number): EventStore {
  const events: LoggedEvent[] = [];
  let position = 0;
  return {
    storeEvent: async (streamId, message) => {
      position += 1;
      events.push({ position, streamId, message });
      if (events.length > capacity) events.shift();
      return `${streamId}${SEPARATOR}${position}`;
    },
    replayEventsAfter: async (lastEventId, { send }) => {
      const [streamId, seen] = splitEventId(lastEventId);
      for (const event of events) {
        const missed = event.streamId === streamId && event.position > seen;
        if (missed && isMessage(event.message))
          await send(`${streamId}${SEPARATOR}${event.position}`, event.message);
      }
      return streamId;
    },
  };
}

function splitEventId(eventId: string): [streamId: string, position: number] {
  const cut = eventId.lastIndexOf(SEPARATOR);
  const position = Number(eventId.slice(cut + SEPARATOR.length));
  if (cut < 1 || !Number.isSafeInteger(position))
    throw new Error(`not an event id of this server: ${eventId}`);
  return [eventId.slice(0, cut), position];
}

/** The first event of a stream only has an id, and no message to replay. */
function isMessage(message: JSONRPCMessage): boolean {
  return Object.keys(message).length > 0;
}
