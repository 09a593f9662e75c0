// Translates a member's message for the clients of the combined endpoint: names, URIs and ids get the member's name. All other bytes are
// relayed as the member wrote them. MCP 2025-03-26 to 2026-07-28 with MCP Apps and the tasks extension.
import { readJson } from "../json.ts";
import { each, JsonEdits, json, object, oneOrEach, string, type Visit, values } from "../json-edits.ts";
import { eachProperty, endOfValue, isArray, isObject, isString, stringAt } from "../json-spans.ts";
import { endOfVisible, isLenientJson, startOfVisible } from "../lenient-json.ts";
import { isRequestId } from "../message-id.ts";
import { LIST_KEYS, misspelledKeys } from "../protocol-keys.ts";
import { hasOtherLineBreaks } from "../sse-events.ts";
import { sealTaskIds } from "../task-ids.ts";
import { eachMessage, messageOf, unchanged } from "./message-visits.ts";
import { clientId, clientName, clientOpaqueId, clientUri, type MemberNames } from "./names.ts";
import { hasOwnResponses, type MemberStream } from "./own-responses.ts";
import { type OpenToken, openProgressTokens } from "./progress-tokens.ts";

/**
 * Translates a message of one member, or a batch of them.
 *
 * @param text a JSON-RPC message as the member's pipeline returned it
 * @returns the text to relay, the same one if it needs no translation; undefined if readers might find a name in it that is not translated:
 *   it must not be relayed
 */
export type TranslateMessage = (text: string) => string | undefined;

// The keys of all places that are translated, and of the lists, whose keys may be misspelled. A key with an escape may be any of them.
const MAY_NEED_TRANSLATION =
  /"(?:method|name|uri|uriTemplate|taskId|elicitationId|tools|prompts|resources|resourceTemplates)"|resourceUri|outputTemplate|\\u/i;

/** Whether a text, or a part of one, may contain a key whose value is translated. */
export function mayNeedTranslation(text: string): boolean {
  return MAY_NEED_TRANSLATION.test(text);
}

// By the names of a configuration and the member: creating a translator costs more than translating a usual message.
const translators = new WeakMap<MemberNames, Map<string, TranslateMessage>>();

/**
 * Makes the translator of a member's stream.
 *
 * @param open opens a progress token of the client's requests to the member
 * @returns like {@link TranslateMessage}; undefined also for a response to a request that is not the stream's, and "" for a report of progress
 *   that is to be left out: it is not of a request to the member
 */
export function streamTranslator(
  member: string,
  names: MemberNames,
  stream: MemberStream,
  open: OpenToken,
): TranslateMessage {
  const translate = messageTranslator(member, names);
  // All responses are the only member's.
  if (names.separator === "") return translate;
  return (text) => {
    const translated = hasOwnResponses(text, stream) ? translate(text) : undefined;
    return translated && openProgressTokens(translated, open);
  };
}

/** Makes the translator for the messages of one member, once for the same `names`. */
export function messageTranslator(member: string, names: MemberNames): TranslateMessage {
  const ofMembers = translators.get(names) ?? new Map<string, TranslateMessage>();
  translators.set(names, ofMembers);
  const translator = ofMembers.get(member) ?? makeTranslator(member, names);
  ofMembers.set(member, translator);
  return translator;
}

function makeTranslator(member: string, names: MemberNames): TranslateMessage {
  if (names.separator === "") return (text) => text;
  const visit = bodyOf(member, names);
  return (text) => {
    const start = startOfVisible(text);
    const end = endOfVisible(text);
    const visible = text.slice(start, end);
    const needsTranslation = MAY_NEED_TRANSLATION.test(text);
    const isMessage = isObject(text, start) || isArray(text, start);
    if (!isMessage && !needsTranslation && !hasOtherLineBreaks(text)) return text;
    // Some readers accept what is not JSON: a second message behind the first, or keys without quotes. Its names and ids can't be found.
    if (!isLenientJson(visible)) return undefined;
    if (!needsTranslation) return text;
    const edits = new JsonEdits(visible);
    visit(edits, 0);
    if (!edits.isReadable) return undefined;
    const translated = sealTaskIds(edits.result(), (id) => clientOpaqueId(member, id, names));
    return translated === visible ? text : text.slice(0, start) + translated + text.slice(end);
  };
}

/** A message, or a batch of them, with the name and id of the member in all places that MCP has for them. */
function bodyOf(member: string, names: MemberNames): Visit {
  const name = string((value) => clientName(member, value, names));
  const uri = string((value) => clientUri(member, value, names));
  const opaqueId = string((value) => clientOpaqueId(member, value, names));
  const id = json((text) => (isIdText(text) ? clientId(member, text, names) : text));

  // MCP Apps: the view of a tool, as of 2026-01-26, of the drafts before, and of OpenAI's Apps SDK.
  const meta = object({
    ui: object({ resourceUri: uri }),
    "ui/resourceUri": uri,
    "openai/outputTemplate": uri,
  });
  const contents = entries("uri", uri, meta);
  const content = oneOrEach(blockOf(uri, meta));
  const messages = each(object({ content }));
  // A tool's result is a task's result too.
  const outcome = { contents, content, messages, _meta: meta };

  // The token of a request of the member's. In `notifications/progress`, it is the client's own.
  const _meta = object({ progressToken: id });
  const elicitation = object({ elicitationId: opaqueId, _meta });
  const requests = new Map([
    ["sampling/createMessage", object({ messages, _meta })],
    ["elicitation/create", elicitation],
  ]);
  const other = object({ _meta });
  const inputRequests = values(messageOf({ params: requests, other }));
  const task = object({ inputRequests, result: object(outcome), _meta });
  const params = new Map([
    ...requests,
    ["notifications/elicitation/complete", elicitation],
    ["notifications/cancelled", object({ requestId: id, _meta })],
    ["notifications/resources/updated", object({ uri, _meta }, misspelledKeys(["uri"]))],
    [
      "notifications/subscriptions/acknowledged",
      object({ notifications: object({ resourceSubscriptions: each(uri) }), _meta }),
    ],
    ["notifications/tasks", task],
    ["notifications/tasks/status", task],
  ]);

  const result = object(
    {
      tools: entries(LIST_KEYS.tools, name, meta),
      prompts: entries(LIST_KEYS.prompts, name, meta),
      resources: entries(LIST_KEYS.resources, uri, meta),
      resourceTemplates: entries(LIST_KEYS.resourceTemplates, uri, meta),
      inputRequests,
      result: object(outcome),
      ...outcome,
    },
    misspelledKeys(Object.keys(LIST_KEYS)),
  );
  const error = object({ data: object({ elicitations: each(elicitation) }) });
  return eachMessage(messageOf({ id, params, other, result, error }));
}

function entries(nameKey: string, name: Visit, _meta: Visit): Visit {
  return each(object({ [nameKey]: name, _meta }, misspelledKeys([nameKey])));
}

// A block of a type that MCP does not have may contain URIs of other things than resources.
function blockOf(uri: Visit, _meta: Visit): Visit {
  const isMisspelled = misspelledKeys(["uri"]);
  const link = object({ type: unchanged, uri, _meta }, isMisspelled);
  const parts = { type: unchanged, resource: object({ uri, _meta }, isMisspelled), _meta };
  const ofType =
    (other: Visit): Visit =>
    (edits, at) =>
      (hasType(edits.text, at, "resource_link") ? link : other)(edits, at);
  // The result of a tool, in the messages of a sampling request. It contains no other one.
  const inner = oneOrEach(ofType(object(parts)));
  return ofType(object({ ...parts, content: inner }));
}

function hasType(text: string, start: number, type: string): boolean {
  let found = false;
  if (isObject(text, start)) {
    eachProperty(text, start, (key, at) => {
      const end = endOfValue(text, at);
      if (key === "type" && isString(text, at)) found ||= stringAt(text, at, end) === type;
      return end;
    });
  }
  return found;
}

function isIdText(text: string): boolean {
  const reading = readJson(text);
  return reading.ok && isRequestId(reading.value);
}
