// The changing part of the `everything` server: a few named notes and the listeners for their changes.
// Shared by all sessions and requests of one server; bounded: the oldest note is removed first.

const NOTE_LIMIT = 50;

/** What happened to a note: `added` also changes the list of resources. */
type NoteChange = { uri: string; added: boolean };

/** Notes by name, with change listeners. */
export type NoteBoard = {
  names: () => string[];
  read: (name: string) => string | undefined;
  write: (name: string, text: string) => NoteChange;
  /** Calls `listener` on every change until the returned function is called. */
  onChange: (listener: (change: NoteChange) => void) => () => void;
};

/** The resource URI of a note. */
export function noteUri(name: string): string {
  return `note://board/${encodeURIComponent(name)}`;
}

/** A board with one note on it, so that there is something to read and to subscribe to. */
export function createNoteBoard(): NoteBoard {
  const notes = new Map([["welcome", "Write on this board with the write_note tool."]]);
  const listeners = new Set<(change: NoteChange) => void>();
  return {
    names: () => [...notes.keys()],
    read: (name) => notes.get(name),
    write: (name, text) => {
      const change = { uri: noteUri(name), added: !notes.has(name) };
      notes.set(name, text);
      const [oldest] = notes.keys();
      if (notes.size > NOTE_LIMIT && oldest !== undefined) notes.delete(oldest);
      for (const listener of listeners) listener(change);
      return change;
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
