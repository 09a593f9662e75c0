// A member of the combined endpoint that responds as a test says. Without a script it is a server of a revision with sessions: it begins a
// session with `initialize` and responds with 404 to a session that it does not have.
import { once } from "node:events";
import {
  emptyResult,
  jsonResult,
  messageOf,
  type Recorder,
  type Responder,
  recordedValues,
  startRecorder,
} from "./recorder-server.ts";

export type ScriptedMember = Recorder & {
  /** sets the response to a JSON-RPC method, or to GET or DELETE, from now on */
  on(method: string, responder: Responder): void;
  /** ends all sessions, as a server that starts anew */
  loseSessions(): void;
  /** what arrived since the last `clear`: methods of messages, "response" for a client's response, or GET and DELETE */
  received(): string[];
  /** clears what arrived */
  clear(): void;
};

/** Starts a member. @param script responses by JSON-RPC method, `GET` or `DELETE` */
export async function startMember(script: Record<string, Responder> = {}): Promise<ScriptedMember> {
  const recorder = await startRecorder();
  const responders = new Map(Object.entries(script));
  const sessions = new Set<string>();
  let begun = 0;
  const initialize: Responder = (response, request) => {
    begun += 1;
    const session = `session-${begun}`;
    sessions.add(session);
    response.setHeader("Mcp-Session-Id", session);
    const capabilities = { tools: {}, prompts: {}, resources: {}, logging: {} };
    const serverInfo = { name: "member", version: "1" };
    jsonResult({ protocolVersion: "2025-11-25", capabilities, serverInfo })(response, request);
  };
  const responder: Responder = (response, request) => {
    const [session] = recordedValues(request, "mcp-session-id");
    const method = kindOf(request);
    if (session !== undefined && !sessions.has(session)) return rpcError(404, -32001)(response, request);
    const scripted = responders.get(method);
    if (scripted !== undefined) return scripted(response, request);
    if (method === "initialize") return initialize(response, request);
    if (method === "GET") return response.writeHead(405).end();
    if (method === "DELETE") {
      sessions.delete(session ?? "");
      return response.writeHead(200).end();
    }
    return emptyResult(response, request);
  };
  recorder.respondWith(responder);
  return {
    ...recorder,
    on: (method, next) => void responders.set(method, next),
    loseSessions: () => sessions.clear(),
    received: () => recorder.requests.map(kindOf),
    clear: () => {
      recorder.reset();
      recorder.respondWith(responder);
    },
  };
}

function kindOf(request: Parameters<Responder>[1]): string {
  return request.method === "POST" ? (messageOf(request).method ?? "response") : request.method;
}

/** Responds with a JSON-RPC error. */
export function rpcError(status: number, code: number, headers: Record<string, string> = {}): Responder {
  return (response, request) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    const error = { code, message: "an error of the member" };
    response.end(JSON.stringify({ jsonrpc: "2.0", id: messageOf(request).id ?? null, error }));
  };
}

/** Responds with an event stream of these texts, and leaves it open. */
export function openStream(...events: string[]): Responder {
  return (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.flushHeaders();
    for (const event of events) response.write(event);
  };
}

/** A list of tools by name. */
export function tools(...names: string[]): { tools: object[] } {
  return { tools: names.map((name) => ({ name, inputSchema: { type: "object" } })) };
}

/** A list in pages of one tool: `tool-0`, `tool-1` and so on. */
export function pagesOf(count: number, cursorOf = (page: number) => `page ${page}`): Responder {
  return (response, request) => {
    const { cursor } = (messageOf(request) as { params?: { cursor?: string } }).params ?? {};
    const page = cursor === undefined ? 0 : Number(cursor.split(" ").at(-1));
    const nextCursor = page + 1 < count ? cursorOf(page + 1) : undefined;
    jsonResult({ ...tools(`tool-${page}`), ...(nextCursor && { nextCursor }) })(response, request);
  };
}

/** A response of status 200 with this text. */
export const textResponse = (text: string, type = "application/json"): Responder => {
  return (response) => response.writeHead(200, { "content-type": type }).end(text);
};

/**
 * An event stream that is written as fast as it is read.
 *
 * @param chunk what is written again and again
 * @param most how often at most
 */
export function floodingStream(chunk: string, most: number) {
  const paused = Promise.withResolvers<void>();
  let written = 0;
  const responder: Responder = async (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.on("error", () => {}).setMaxListeners(0);
    while (!response.destroyed && written < most) {
      written += 1;
      if (response.write(chunk)) continue;
      const isPaused = setTimeout(paused.resolve, 500);
      await Promise.race([once(response, "drain"), once(response, "close")]);
      clearTimeout(isPaused);
    }
    paused.resolve();
  };
  /** `paused`: resolves when nothing has been read for half a second, or all has been written */
  return { responder, paused: paused.promise, written: () => written };
}
