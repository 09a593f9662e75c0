// Tells an MCP server's response from one of a load balancer, gateway or web site: by status and media type, and only if these do not decide
// by the first bytes of the body. Does not check the messages themselves.
import { bodyFormat, firstVisible, isEventStream } from "./body-format.ts";

/** The parts of a response's head that are checked. */
export type JudgedHead = {
  status: number;
  contentType: string | undefined;
  /** the request expects a message in response: it is neither a notification nor DELETE */
  awaitsMessage: boolean;
};

/**
 * How much of a body must be seen before the status may be sent. `nothing`: it is relayed as it arrives. `start`: its first visible
 * bytes. `error`: enough to find a JSON-RPC error in it.
 */
export type BodyLook = "nothing" | "start" | "error";

/** What to do with a response: relay it, relay its status and headers only, or replace it by an error response. */
export type ResponseVerdict = "relay" | "head" | "invalid";

/** What is known of a body. */
export type SeenBody = {
  start: Buffer;
  /** the client acts on this status whatever the body says: 405, and 404 in a session */
  isActedOn: boolean;
};

/** How much of the body is needed to classify a response. */
export function neededLook({ status, contentType, awaitsMessage }: JudgedHead): BodyLook {
  if (status === 202 || status === 204 || isEventStream(contentType)) return "nothing";
  if (status >= 400) return "error";
  if (isJsonType(contentType)) return "nothing";
  return awaitsMessage || isPageType(contentType) ? "start" : "nothing";
}

/** Whether a server accepts a notification or a response, in another form than 202 without a body. */
export function isAcceptance({ status, contentType, awaitsMessage }: JudgedHead): boolean {
  if (awaitsMessage || status >= 300 || isEventStream(contentType)) return false;
  return status !== 202 || contentType !== undefined;
}

/** Whether more of the body would not change the result. */
export function isSeenEnough(look: BodyLook, start: Buffer): boolean {
  if (start.length >= LOOK_MAX_BYTES) return true;
  return look === "start" ? firstVisible(start) !== undefined : isRpcMessage(start) || isEvents(start);
}

/**
 * Classifies a response by what is known of its body. An empty body is relayed with any status.
 *
 * @param seen the start of the body, or all of a short one
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
  // An error of the server itself. 404 and 405 mean a wrong path; from 500 on, the response may come from something in front of the server.
  return status < 500 && status !== 404 && status !== 405 && !isPage ? "relay" : "invalid";
}

/** Whether a body begins as a JSON object or array does. */
export function isJsonText(start: Buffer): boolean {
  const first = firstVisible(start);
  return first === 0x7b || first === 0x5b;
}

const LESS_THAN = 0x3c;

/** Most bytes of a body that are read to find out what it is. */
const LOOK_MAX_BYTES = 64 * 1024;

function isEvents(start: Buffer): boolean {
  return bodyFormat(start, true, undefined) === "event-stream";
}

/** Whether a body begins with a JSON-RPC message. Not parsed: servers send JSON that parsers reject. */
export function isRpcMessage(start: Buffer): boolean {
  return isJsonText(start) && /"jsonrpc"\s*:\s*"2\.0"/.test(start.toString("latin1"));
}

function isJsonType(contentType: string | undefined): boolean {
  return /^[\s,;]*application\/(?:[\w.+-]+\+)?json(?![\w.+-])/i.test(contentType ?? "");
}

function isPageType(contentType: string | undefined): boolean {
  return /^\s*(?:text\/html|application\/xhtml\+xml)/i.test(contentType ?? "");
}
