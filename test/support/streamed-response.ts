// A response read piece by piece, so that a test decides when the client reads and can react to each event before the next is sent.
import { once } from "node:events";
import { type Agent, type IncomingMessage, request } from "node:http";
import { type McpRequest, PING, requestHeaders } from "./mcp-request.ts";

export type StreamedResponse = {
  status: number;
  message: IncomingMessage;
  /** Resolves with the next whole event or comment; undefined at the end. */
  nextEvent(): Promise<string | undefined>;
};

/** Sends a request and resolves with the response headers. */
export async function openMcp(
  url: string,
  sent: McpRequest & { agent?: Agent } = {},
): Promise<StreamedResponse> {
  const { token, method = "POST", headers = [], body = PING, agent } = sent;
  const outgoing = request(url, {
    method,
    agent,
    headers: ["Host", new URL(url).host, ...requestHeaders(token, headers)],
  });
  outgoing.end(body === null ? undefined : JSON.stringify(body));
  const [message] = (await once(outgoing, "response")) as [IncomingMessage];
  let events: AsyncGenerator<string> | undefined;
  return {
    status: message.statusCode ?? 0,
    message,
    nextEvent: async () => {
      events ??= eventsOf(message);
      return (await events.next()).value;
    },
  };
}

async function* eventsOf(message: IncomingMessage): AsyncGenerator<string> {
  let pending = "";
  for await (const chunk of message.setEncoding("utf8")) {
    const parts = `${pending}${chunk}`.split("\n\n");
    pending = parts.pop() ?? "";
    yield* parts;
  }
  if (pending !== "") yield pending;
}
