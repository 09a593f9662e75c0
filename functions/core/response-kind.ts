// Tells an MCP server's response from what load balancers, gateways and web sites send in its place: by status and media type, and by the first
// bytes of the body only where these leave it open. Nothing is said about the messages themselves.
import { bodyFormat, firstVisible, isEventStream } from "./body-format.ts";

/** A response's head, as far as it is judged. */
export type JudgedHead = {
  status: number;
  contentType: string | undefined;
  /** the request is one that a message answers: neither a notification nor DELETE */
  awaitsMessage: boolean;
};

/**
 * How much of a body must be seen before the status may be sent. `nothing`: it is relayed as it arrives. `start`: its first visible
 * bytes. `error`: enough to find a JSON-RPC error in it.
 */
export type BodyLook = "nothing" | "start" | "error";

/** What becomes of a response: relayed, relayed with its status and headers alone, or replaced by an error of the gateway's. */
export type ResponseVerdict = "relay" | "head" | "invalid";

/** What was seen of a body. */
export type SeenBody = {
  start: Buffer;
  /** the client acts by this status whatever the body says: 405, and 404 in a session */
  isActedOn: boolean;
};

/** How much of the body must be seen to judge a response. */
export function neededLook({ status, contentType, awaitsMessage }: JudgedHead): BodyLook {
  if (status === 202 || status === 204 || isEventStream(contentType)) return "nothing";
  if (status >= 400) return "error";
  if (isJsonType(contentType)) return "nothing";
  return awaitsMessage || isPageType(contentType) ? "start" : "nothing";
}

/** True where more of the body would not change the verdict. */
export function isSeenEnough(look: BodyLook, start: Buffer): boolean {
  if (look === "start") return firstVisible(start) !== undefined;
  return start.length >= ERROR_LOOK_MAX_BYTES || isRpcMessage(start) || isEvents(start);
}

/**
 * Judges a response by what was seen of its body. An empty body is relayed with any status: there is nothing in it that is not MCP.
 *
 * @param head the response
 * @param seen the start of the body; whole where the body is short
 */
export function responseVerdict({ status, contentType }: JudgedHead, seen: SeenBody): ResponseVerdict {
  const { start, isActedOn } = seen;
  const first = firstVisible(start);
  if (first === undefined || isEvents(start)) return "relay";
  const isJson = isJsonText(start);
  if (status < 400) return isJson ? "relay" : "invalid";
  if (isRpcMessage(start)) return "relay";
  const isPage = !isJson && (first === LESS_THAN || isPageType(contentType));
  if (isActedOn) return isPage ? "head" : "relay";
  // The server's own refusal in its own words. 404 and 405 mean a wrong path, and from 500 on something before the server may speak.
  return status < 500 && status !== 404 && status !== 405 && !isPage ? "relay" : "invalid";
}

/** True for a body that begins as a JSON object or array does. */
export function isJsonText(start: Buffer): boolean {
  const first = firstVisible(start);
  return first === 0x7b || first === 0x5b;
}

const LESS_THAN = 0x3c;

/** Most bytes of an error's body that are read to find out whether it is JSON-RPC. */
const ERROR_LOOK_MAX_BYTES = 64 * 1024;

function isEvents(start: Buffer): boolean {
  return bodyFormat(start, true, undefined) === "event-stream";
}

// Not parsed: servers send JSON that parsers reject, and what passes here by mistake is relayed as any other body.
function isRpcMessage(start: Buffer): boolean {
  return isJsonText(start) && /"jsonrpc"\s*:\s*"2\.0"/.test(start.toString("latin1"));
}

function isJsonType(contentType: string | undefined): boolean {
  return /^[\s,;]*application\/(?:[\w.+-]+\+)?json(?![\w.+-])/i.test(contentType ?? "");
}

function isPageType(contentType: string | undefined): boolean {
  return /^\s*(?:text\/html|application\/xhtml\+xml)/i.test(contentType ?? "");
}
