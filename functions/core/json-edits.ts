// Changes single values of a JSON text by their place in it, and leaves every other byte as it was written. A place is described by visitors,
// one in another: only what lies on the way to a place is read.
import {
  eachElement,
  eachProperty,
  endOfValue,
  isArray,
  isObject,
  isString,
  stringAt,
} from "./json-spans.ts";
import type { KeyCheck } from "./protocol-keys.ts";

/** Part of a text, and what replaces it. */
export type Edit = { start: number; end: number; replacement: string };

/** Reads the value at an index, and changes it or parts of it; returns the index after the value. */
export type Visit = (edits: JsonEdits, at: number) => number;

/** A JSON text that {@link isLenientJson} accepts, and what changes in it. */
export class JsonEdits {
  readonly text: string;
  /** false if readers may understand the text differently */
  isReadable = true;
  readonly #edits: Edit[] = [];

  constructor(text: string) {
    this.text = text;
  }

  add(...edits: readonly Edit[]): void {
    this.#edits.push(...edits);
  }

  /** The text with all changes. */
  result(): string {
    const parts: string[] = [];
    let copied = 0;
    for (const { start, end, replacement } of this.#edits.toSorted((a, b) => a.start - b.start)) {
      parts.push(this.text.slice(copied, start), replacement);
      copied = end;
    }
    return copied === 0 ? this.text : parts.join("") + this.text.slice(copied);
  }
}

/**
 * Visits properties of an object. One that is repeated makes the text unreadable.
 *
 * @param table the visitor of each property; all others are left unchanged
 * @param isMisspelled whether a key makes the text unreadable, since some readers take it for another one
 */
export function object(table: Readonly<Record<string, Visit>>, isMisspelled?: KeyCheck): Visit {
  const visits = new Map(Object.entries(table));
  return (edits, start) => {
    if (!isObject(edits.text, start)) return endOfValue(edits.text, start);
    const seen = new Set<string>();
    return eachProperty(edits.text, start, (key, at) => {
      const visit = visits.get(key);
      if (seen.has(key) || isMisspelled?.(key) === true) edits.isReadable = false;
      if (visit === undefined) return endOfValue(edits.text, at);
      seen.add(key);
      return visit(edits, at);
    });
  };
}

/** Visits each value of an object or array, whatever its keys. */
export function values(visit: Visit): Visit {
  return (edits, start) => {
    const { text } = edits;
    if (isObject(text, start)) return eachProperty(text, start, (_key, at) => visit(edits, at));
    return isArray(text, start)
      ? eachElement(text, start, (at) => visit(edits, at))
      : endOfValue(text, start);
  };
}

/** Visits the elements of an array. An object makes the text unreadable: some serialisers write an array with gaps as one. */
export function each(visit: Visit): Visit {
  return (edits, start) => {
    const { text } = edits;
    if (!isObject(text, start)) return values(visit)(edits, start);
    return eachProperty(text, start, (_key, at) => {
      edits.isReadable = false;
      return endOfValue(text, at);
    });
  };
}

/** Visits the elements of an array, or an object in place of an array of one. */
export function oneOrEach(visit: Visit): Visit {
  return (edits, start) => (isObject(edits.text, start) ? visit : each(visit))(edits, start);
}

/** Changes a string. @param change returns the same string to leave it as it was written */
export function string(change: (value: string) => string): Visit {
  return (edits, at) => {
    const end = endOfValue(edits.text, at);
    if (!isString(edits.text, at)) return end;
    const value = stringAt(edits.text, at, end);
    const changed = change(value);
    if (changed !== value) edits.add({ start: at, end, replacement: JSON.stringify(changed) });
    return end;
  };
}

/** Changes a value of any type. @param change receives and returns a JSON text */
export function json(change: (text: string) => string): Visit {
  return (edits, at) => {
    const end = endOfValue(edits.text, at);
    const value = edits.text.slice(at, end);
    const changed = change(value);
    if (changed !== value) edits.add({ start: at, end, replacement: changed });
    return end;
  };
}
