// POSTs that only read, to one endpoint, over kept-alive connections. Such a request may be sent twice.
import http from "node:http";
import https from "node:https";
import { urlToHttpOptions } from "node:url";
import { dropStaleSockets, watchIdleSockets } from "./idle-sockets.ts";
import { readAnswer } from "./read-answer.ts";

/** What came back, read to its end. */
export type PostAnswer = {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  text: string;
};

/**
 * Sends one request.
 *
 * @param signal ends it at any time
 * @throws Error where no complete answer came
 */
export type PostToRead = (
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal | undefined,
) => Promise<PostAnswer>;

/**
 * Opens the way to an endpoint.
 *
 * @param maxBytes size of an answer above which it is refused
 */
export type OpenPostToRead = (endpoint: URL, maxBytes: number, now?: () => number) => PostToRead;

/** Over `node:http` and `node:https`. */
export const openPostToRead: OpenPostToRead = (endpoint, maxBytes, now = Date.now) => {
  const { request: open, Agent } = endpoint.protocol === "https:" ? https : http;
  const agent = new Agent({ keepAlive: true });
  watchIdleSockets(agent, now);
  const address = urlToHttpOptions(endpoint);

  const send = (again: boolean, ...call: Parameters<PostToRead>): Promise<PostAnswer> =>
    new Promise((resolve, reject) => {
      const [headers, body, signal] = call;
      let answered = false;
      const request = open({ ...address, method: "POST", headers, agent, signal }, (response) => {
        answered = true;
        const { statusCode: status = 0, headers: received } = response;
        readAnswer(response, maxBytes).then((text) => resolve({ status, headers: received, text }), reject);
      });
      request.on("error", (cause) => {
        // The server had closed the connection while it lay idle.
        const stale = request.reusedSocket && !answered;
        if (stale && again) resolve(send(false, ...call));
        else reject(cause);
      });
      request.end(body);
    });

  return (...call) => {
    dropStaleSockets(agent, now());
    return send(true, ...call);
  };
};
