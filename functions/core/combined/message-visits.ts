// Visits the messages of a text by their methods.
import { type JsonEdits, object, string, type Visit } from "../json-edits.ts";
import { eachElement, endOfValue, isArray } from "../json-spans.ts";
import { MESSAGE_TABLE, misspelledKeys } from "../protocol-keys.ts";

/** Makes the visit of a message, or of each one in a batch. */
export function eachMessage(message: Visit): Visit {
  return (edits, start) => {
    if (!isArray(edits.text, start)) return message(edits, start);
    return eachElement(edits.text, start, (at) => {
      // A batch in a batch is not valid JSON-RPC, but a reader may accept it.
      if (isArray(edits.text, at)) edits.isReadable = false;
      return message(edits, at);
    });
  };
}

type MessageParts = {
  /** the id of a request; undefined if requests have none */
  id?: Visit;
  /** parameters by method */
  params: ReadonlyMap<string, Visit>;
  /** parameters of any other method */
  other: Visit;
  result?: Visit;
  error?: Visit;
};

const MISSPELLED_MESSAGE_KEY = misspelledKeys(Object.keys(MESSAGE_TABLE));

/** Makes the visit of one message. */
export function messageOf({ id, params, other, result = unchanged, error = unchanged }: MessageParts): Visit {
  return (edits, start) => {
    const { text } = edits;
    let [idAt, paramsAt] = [-1, -1];
    let method: string | undefined;
    const readProperties = object(
      {
        id: (_, at) => {
          idAt = at;
          return endOfValue(text, at);
        },
        method: string((value) => {
          method = value;
          return value;
        }),
        params: (_, at) => {
          paramsAt = at;
          return endOfValue(text, at);
        },
        result,
        error,
      },
      MISSPELLED_MESSAGE_KEY,
    );
    const end = readProperties(edits, start);
    // Without a method, it is a response: its id is the client's.
    if (method === undefined) return end;
    if (idAt !== -1) id?.(edits, idAt);
    if (paramsAt !== -1) (params.get(method) ?? other)(edits, paramsAt);
    return end;
  };
}

export function unchanged({ text }: JsonEdits, at: number): number {
  return endOfValue(text, at);
}
