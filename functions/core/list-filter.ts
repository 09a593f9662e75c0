// Removes entries from a server's lists that the caller is never allowed to use, and shows the others as curation names and describes
// them. Lists are recognised by the form of the result, not by the request: a resumed stream has responses to requests of another
// connection. The rest stays as the server wrote it.
import { type AccessTarget, accessDecider, curationFor, isEnforced, type RuleDecision } from "./access.ts";
import { plainPunctuation } from "./canonical-uri.ts";
import type { EffectiveServer } from "./config/effective-server.ts";
import { entryEdits } from "./curated-entry.ts";
import { definitionHash } from "./definition-hash.ts";
import { JsonEdits } from "./json-edits.ts";
import {
  eachElement,
  eachProperty,
  endOfValue,
  isArray,
  isObject,
  isString,
  stringAt,
} from "./json-spans.ts";
import { endOfVisible, isLenientJson, startOfVisible } from "./lenient-json.ts";
import type { Principal } from "./principal.ts";
import { type KeyCheck, LIST_KEYS, MESSAGE_TABLE, misspelledKeys } from "./protocol-keys.ts";

/** What the filter of a list depends on. */
export type ListView = {
  server: EffectiveServer;
  principal: Principal;
  /** the request's revision is one in which every list must say how it may be cached (2026-07-28) */
  statesCacheScope: boolean;
  /** called for each list with pinned tools: by the server's name, whether the definition is the pinned one */
  onPinned?: ((isPinned: ReadonlyMap<string, boolean>) => void) | undefined;
};

/**
 * Filters one JSON text: a message or a batch of them. `NaN`, `Infinity` and `-Infinity` are accepted as numbers.
 *
 * @param text a JSON-RPC message as the server sent it
 * @param view the caller and the server's rules
 * @returns the text to relay, the same one if nothing had to change; undefined if readers might understand the text's lists differently:
 *   it must not be relayed
 */
export function filterListText(text: string, view: ListView): string | undefined {
  const start = startOfVisible(text);
  if (start === text.length) return text;
  const json = text.slice(start, endOfVisible(text));
  if (!isLenientJson(json)) return undefined;
  const filter = new MessageFilter(json, view);
  if (!filter.read()) return undefined;
  const filtered = filter.result();
  return filtered === json ? text : text.slice(0, start) + filtered + text.slice(start + json.length);
}

const MESSAGE_KEYS = misspelledKeys(Object.keys(MESSAGE_TABLE));
const RESULT_KEYS = misspelledKeys([...Object.keys(LIST_KEYS), "cacheScope"]);

/** Most entries of a list: each takes 100 bytes of memory, however short it is. */
export const ENTRIES_MAX = 100_000;

type List = { kind: AccessTarget["kind"]; nameKey: string; isMisspelled: KeyCheck };

const LISTS: ReadonlyMap<string, List> = new Map([
  ["tools", listOf("tool", LIST_KEYS.tools)],
  ["prompts", listOf("prompt", LIST_KEYS.prompts)],
  ["resources", listOf("resource", LIST_KEYS.resources)],
  ["resourceTemplates", listOf("template", LIST_KEYS.resourceTemplates)],
]);

function listOf(kind: AccessTarget["kind"], nameKey: string): List {
  return { kind, nameKey, isMisspelled: misspelledKeys([nameKey]) };
}

type Span = { start: number; end: number };

/** One pass over a JSON text that collects what has to change in it. */
class MessageFilter {
  readonly #text: string;
  readonly #view: ListView;
  readonly #edits: JsonEdits;

  constructor(text: string, view: ListView) {
    this.#text = text;
    this.#edits = new JsonEdits(text);
    this.#view = view;
  }

  /** False if readers may understand the text differently. */
  read(): boolean {
    if (isObject(this.#text, 0)) this.#message(0);
    else if (isArray(this.#text, 0)) eachElement(this.#text, 0, (at) => this.#batchEntry(at));
    return this.#edits.isReadable;
  }

  result(): string {
    return this.#edits.result();
  }

  // A batch in a batch is not valid JSON-RPC, but a reader may accept it.
  #batchEntry(at: number): number {
    if (isObject(this.#text, at)) return this.#message(at);
    if (isArray(this.#text, at)) this.#edits.isReadable = false;
    return endOfValue(this.#text, at);
  }

  #message(start: number): number {
    const seen = new Set<string>();
    return eachProperty(this.#text, start, (key, at) => {
      this.#check(key, seen, MESSAGE_KEYS);
      return key === "result" && isObject(this.#text, at) ? this.#result(at) : endOfValue(this.#text, at);
    });
  }

  #result(start: number): number {
    const seen = new Set<string>();
    let scope: Span | undefined;
    let hasList = false;
    const end = eachProperty(this.#text, start, (key, at) => {
      this.#check(key, seen, RESULT_KEYS);
      const list = LISTS.get(key);
      if (list !== undefined && isArray(this.#text, at)) {
        hasList = true;
        return this.#list(list, at);
      }
      const valueEnd = endOfValue(this.#text, at);
      if (key === "cacheScope") scope = { start: at, end: valueEnd };
      // Some serialisers write a list with gaps as an object. An empty object lists nothing.
      if (list !== undefined && isObject(this.#text, at) && /\S/.test(this.#text.slice(at + 1, valueEnd - 1)))
        this.#edits.isReadable = false;
      return valueEnd;
    });
    if (hasList) this.#makePrivate(scope, end);
    return end;
  }

  // A shared cache would show one caller's list to another.
  #makePrivate(scope: Span | undefined, endOfResult: number): void {
    if (scope !== undefined) {
      if (isString(this.#text, scope.start) && stringAt(this.#text, scope.start, scope.end) === "private")
        return;
      this.#edits.add({ ...scope, replacement: '"private"' });
    } else if (this.#view.statesCacheScope) {
      const at = endOfResult - 1;
      this.#edits.add({ start: at, end: at, replacement: ',"cacheScope":"private"' });
    }
  }

  #list(list: List, start: number): number {
    const entries: Span[] = [];
    const reachable: boolean[] = [];
    const { kind } = list;
    const { onPinned, server: known } = this.#view;
    // The list itself shows which definitions have changed.
    const server = known.changedTools === undefined ? known : { ...known, changedTools: new Set<string>() };
    const decide = accessDecider(kind, server, this.#view.principal);
    const curation = curationFor(kind, server);
    const pinned = new Map<string, boolean>();
    const end = eachElement(this.#text, start, (at) => {
      if (entries.length === ENTRIES_MAX) {
        this.#edits.isReadable = false;
        return endOfValue(this.#text, at);
      }
      let name: string | undefined;
      let entryEnd: number;
      if (isObject(this.#text, at)) ({ name, end: entryEnd } = this.#entry(list, at));
      else entryEnd = endOfValue(this.#text, at);
      entries.push({ start: at, end: entryEnd });
      const pins = curation?.pins.get(name ?? "");
      const hash = pins && definitionHash(this.#text.slice(at, entryEnd));
      const isPinned = pins?.some((pin) => pin === hash) ?? true;
      if (name !== undefined && pins !== undefined) pinned.set(name, isPinned && pinned.get(name) !== false);
      const isShown = !isHidden(decide(name), server) && (isPinned || curation?.onChange === "warn");
      reachable.push(isShown);
      const change = name === undefined ? undefined : curation?.changes.get(comparable(kind, name));
      if (isShown && change !== undefined) {
        const edits = entryEdits(this.#text, at, change);
        if (edits === undefined) this.#edits.isReadable = false;
        else this.#edits.add(...edits);
      }
      return entryEnd;
    });
    if (pinned.size > 0) onPinned?.(pinned);
    this.#cut(entries, reachable);
    return end;
  }

  #entry({ nameKey, isMisspelled }: List, start: number): { name: string | undefined; end: number } {
    let name: string | undefined;
    let names = 0;
    const end = eachProperty(this.#text, start, (key, at) => {
      const valueEnd = endOfValue(this.#text, at);
      if (key === nameKey) {
        names += 1;
        if (isString(this.#text, at)) name = stringAt(this.#text, at, valueEnd);
      } else if (isMisspelled(key)) this.#edits.isReadable = false;
      return valueEnd;
    });
    if (names > 1) this.#edits.isReadable = false;
    return { name, end };
  }

  // An entry goes with the comma and the space in front of it, those at the beginning with what follows them.
  #cut(entries: readonly Span[], reachable: readonly boolean[]): void {
    const first = reachable.indexOf(true);
    const [head, last] = [entries[0], entries.at(-1)];
    if (head === undefined || last === undefined) return;
    if (first !== 0) {
      const end = first === -1 ? last.end : (entries[first] as Span).start;
      this.#edits.add({ start: head.start, end, replacement: "" });
    }
    for (let at = first + 1; first !== -1 && at < entries.length; at++) {
      if (reachable[at]) continue;
      const { end } = entries[at] as Span;
      this.#edits.add({ start: (entries[at - 1] as Span).end, end, replacement: "" });
    }
  }

  #check(key: string, seen: Set<string>, isMisspelled: KeyCheck): void {
    if (seen.has(key) || isMisspelled(key)) this.#edits.isReadable = false;
    seen.add(key);
  }
}

function isHidden(decision: RuleDecision, server: EffectiveServer): boolean {
  return decision.type === "hidden" && isEnforced(server, decision);
}

function comparable(kind: AccessTarget["kind"], name: string): string {
  return kind === "resource" ? plainPunctuation(name) : name;
}
