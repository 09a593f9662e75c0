// Progress tokens of clients' requests. Clients choose them, most by counting, and find the request of a report of progress by its token alone:
// behind one URL, a member could report progress of another member's request. So each member gets tokens that are sealed for it.
import { readJson } from "../json.ts";
import { JsonEdits, json, object } from "../json-edits.ts";
import { startOfVisible } from "../lenient-json.ts";
import { misspelledKeys } from "../protocol-keys.ts";
import { eachMessage, messageOf, unchanged } from "./message-visits.ts";

/** Seals a token, as JSON text; undefined if it can't be sealed: there are then no reports of progress. */
export type SealToken = (token: string) => string | undefined;

/** Returns the JSON text of a sealed token; undefined if it was not sealed for this member. */
export type OpenToken = (sealed: string) => string | undefined;

/** Seals the token in a client's request. @param body the request's JSON text */
export function sealProgressToken(body: string, seal: SealToken): string {
  const edits = new JsonEdits(body);
  const progressToken = json((token) => {
    const sealed = seal(token);
    return sealed === undefined ? token : JSON.stringify(sealed);
  });
  object({ params: object({ _meta: object({ progressToken }) }) })(edits, startOfVisible(body));
  return edits.result();
}

// Also with a slash or letters that are escaped.
const MAY_REPORT = /progress|\\u/;

/**
 * Opens the tokens in a member's reports of progress.
 *
 * @param text a JSON-RPC message or a batch of them
 * @returns "" if a report is not of a request to the member; undefined if it is ambiguous
 */
export function openProgressTokens(text: string, open: OpenToken): string | undefined {
  if (!MAY_REPORT.test(text)) return text;
  const edits = new JsonEdits(text);
  let isOwn = true;
  const progressToken = json((token) => {
    const { value } = readJson(token);
    const opened = typeof value === "string" ? open(value) : undefined;
    isOwn &&= opened !== undefined;
    return opened ?? token;
  });
  const report = object({ progressToken }, misspelledKeys(["progressToken"]));
  const params = new Map([["notifications/progress", report]]);
  eachMessage(messageOf({ params, other: unchanged }))(edits, startOfVisible(text));
  if (!edits.isReadable) return undefined;
  return isOwn ? edits.result() : "";
}
