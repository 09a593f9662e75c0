// Reads a member's response as JSON-RPC messages.
import type { Readable } from "node:stream";
import { isEventStream } from "../core/body-format.ts";
import { holdBytes } from "../core/held-bytes.ts";
import { FILTERED_MESSAGE_MAX_BYTES } from "../core/limits.ts";
import { messageIdIn } from "../core/message-id.ts";
import { createSseSplitter, readEvent } from "../core/sse-events.ts";
import { discardRest, type MemberResponse } from "./member-call.ts";

/** A message of a member. `isResponse`: it has no method. */
type MemberMessage = { text: string; isResponse: boolean };

/**
 * Reads the messages of a response, each as soon as it has arrived. Ending the iteration leaves the response open.
 *
 * @throws Error if the response is incomplete, or one message is larger than {@link FILTERED_MESSAGE_MAX_BYTES}
 */
async function* memberMessages(response: MemberResponse): AsyncGenerator<MemberMessage> {
  const texts = isEventStream(response.headers["content-type"]) ? eventTexts : jsonText;
  for await (const text of texts(response)) {
    if (text.trim() !== "") yield { text, isResponse: !messageIdIn(text).hasMethod };
  }
}

/**
 * Reads the response to one request.
 *
 * @param onMessage receives the notifications and requests that the member sends before it responds; nothing is read until it resolves
 * @returns the response's text
 * @throws Error if there is none
 */
export async function memberResponseText(
  response: MemberResponse,
  onMessage: (text: string) => void | Promise<void>,
): Promise<string> {
  try {
    for await (const { text, isResponse } of memberMessages(response)) {
      if (isResponse) return text;
      await onMessage(text);
    }
  } finally {
    discardRest(response);
  }
  throw new Error(`no response message in a response of status ${response.status}`);
}

async function* jsonText({ body }: MemberResponse): AsyncGenerator<string> {
  const held = holdBytes();
  for await (const chunk of chunksOf(body)) {
    held.add(chunk);
    checkSize(held.length);
  }
  yield decoded(held.take());
}

async function* eventTexts({ body }: MemberResponse): AsyncGenerator<string> {
  const splitter = createSseSplitter();
  for await (const chunk of chunksOf(body)) {
    for (const event of splitter.push(chunk)) yield readEvent(decoded(event)).data;
    checkSize(splitter.pendingBytes);
  }
  yield readEvent(decoded(splitter.take())).data;
}

function chunksOf(body: Readable): AsyncIterable<Buffer> {
  return body.iterator({ destroyOnReturn: false });
}

function decoded(bytes: Buffer): string {
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}

function checkSize(bytes: number): void {
  if (bytes > FILTERED_MESSAGE_MAX_BYTES)
    throw new Error(`a message exceeds ${FILTERED_MESSAGE_MAX_BYTES} bytes`);
}
