// The gateway's HTTP client over node:http and node:https: keep-alive, a timeout for each phase, no redirects, no proxies, no
// retries: a tool call is not idempotent (RFC 9110 §9.2.2).
import http, { type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import { Readable } from "node:stream";
import { urlToHttpOptions } from "node:url";
import QuickLRU from "quick-lru";
import packageJson from "../../package.json" with { type: "json" };
import { KEEP_ALIVE_IDLE_MS } from "../core/limits.ts";
import {
  ConnectionError,
  type ConnectionFault,
  connectionError,
  type RequestProgress,
} from "./connection-fault.ts";
import { startLimit } from "./within-time.ts";

/** A request. Header names are lower case. */
export type HttpRequest = {
  /** http or https */
  url: string;
  method: string;
  headers: Readonly<Record<string, string>>;
  body?: string | undefined;
  /**
   * In milliseconds. `connectMs`: TCP and TLS. `firstByteMs`: from the connection to the response headers. `idleMs`: between two chunks of
   * the body. `totalMs`: from the start to the response headers.
   */
  timeouts: { connectMs: number; firstByteMs: number; idleMs: number; totalMs?: number };
  /** aborts the request at any time, the response body included */
  signal?: AbortSignal | undefined;
};

/** A response whose body is still arriving. Destroying the body closes the connection. */
export type HttpResponse = { status: number; headers: IncomingHttpHeaders; body: Readable };

/**
 * Sends a request; resolves when the response headers have arrived. Skips interim responses (1xx).
 *
 * @throws ConnectionError without a response; Node's TypeError, before anything is sent, if the request is invalid
 */
export type SendRequest = (request: HttpRequest) => Promise<HttpResponse>;

/** Default `User-Agent`. */
export const USER_AGENT = `${packageJson.name}/${packageJson.version}`;

/** Opens a client with a separate connection pool. Connections are shared by callers: each request carries its identity. */
export function createHttpClient(now: () => number = Date.now): SendRequest {
  const agents = { "http:": withIdleLimit(http.Agent, now), "https:": withIdleLimit(https.Agent, now) };
  // Requests repeat the configured URLs, and parsing one for Node takes 4 % of the CPU time of a request.
  const targets = new QuickLRU<string, Target>({ maxSize: CACHED_TARGETS });
  return async (request) => {
    let target = targets.get(request.url);
    if (target === undefined) {
      target = targetOf(request.url);
      targets.set(request.url, target);
    }
    const agent = agents[target.options.protocol as keyof typeof agents];
    // A server may have closed connections while the function was frozen: Node notices in the next turns of the event loop.
    if (closeStale(agent, now()) > 0) await new Promise((resolve) => setImmediate(resolve));
    return send(request, target, agent);
  };
}

/** Where a request goes. */
type Target = { url: URL; options: http.RequestOptions };

// quick-lru may keep twice as many entries.
const CACHED_TARGETS = 100;

function targetOf(text: string): Target {
  const url = new URL(text);
  const { protocol, hostname, port, path } = urlToHttpOptions(url);
  return { url, options: { protocol, hostname, port, path } };
}

type IdleSocket = Socket & { idleSince?: number };

/**
 * An agent whose connections close after {@link KEEP_ALIVE_IDLE_MS} idle, or earlier if the server's `Keep-Alive` header says so. While
 * the function is frozen, timers stop and closed connections go unnoticed: {@link closeStale} checks by the wall clock before each request.
 */
function withIdleLimit(Agent: typeof http.Agent, now: () => number): http.Agent {
  class IdleLimitedAgent extends Agent {
    override keepSocketAlive(socket: IdleSocket): void {
      socket.idleSince = now();
      // biome-ignore lint/correctness/noVoidTypeReturn: Node returns whether the socket is kept, which is missing in its types
      return super.keepSocketAlive(socket);
    }
  }
  const options: https.AgentOptions = {
    keepAlive: true,
    timeout: KEEP_ALIVE_IDLE_MS,
    // Makes an HTTP/2-only server fail in the handshake (RFC 7301).
    ALPNProtocols: ["http/1.1"],
  };
  return new IdleLimitedAgent(options);
}

/** @returns the number of idle connections that are left */
function closeStale({ freeSockets }: http.Agent, time: number): number {
  let kept = 0;
  for (const sockets of Object.values(freeSockets)) {
    for (const socket of (sockets ?? []) as IdleSocket[]) {
      const { idleSince = time, timeout = KEEP_ALIVE_IDLE_MS } = socket;
      if (Math.abs(time - idleSince) > timeout) socket.destroy();
      if (!socket.destroyed) kept += 1;
    }
  }
  return kept;
}

function send(
  { method, headers, body: requestBody, timeouts, signal }: HttpRequest,
  { url, options }: Target,
  agent: http.Agent,
): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const progress: RequestProgress = { url, connected: false, responded: false };
    const { request: open } = url.protocol === "https:" ? https : http;
    const request = open({
      ...options,
      method,
      headers: { "user-agent": USER_AGENT, ...headers },
      agent,
      ...(signal && { signal }),
    });
    let message: IncomingMessage | undefined;
    let body: Readable | undefined;
    let stopPhase = () => {};
    const total =
      timeouts.totalMs === undefined
        ? undefined
        : setTimeout(() => abort("aborted", "the request timed out"), timeouts.totalMs);

    function abort(fault: ConnectionFault, detail: string): void {
      request.destroy(new ConnectionError(fault, detail));
    }
    function limitPhase(fault: ConnectionFault, ms: number, what: string): void {
      stopPhase();
      stopPhase = startLimit(ms, () => abort(fault, `${what} within ${ms} ms`));
    }
    function connected(): void {
      progress.connected = true;
      limitPhase("first_byte_timeout", timeouts.firstByteMs, "no response headers");
    }
    function stopTimers(): void {
      stopPhase();
      clearTimeout(total);
    }

    function fail(cause: unknown): void {
      stopTimers();
      const error = connectionError(cause, progress);
      // Node treats a reset as the end of a body without a length, so an incomplete body must be destroyed here. A complete body stays
      // readable, even if the server did not read the whole request.
      if (message?.complete === false) body?.destroy(error);
      reject(error);
    }

    request.on("socket", (socket) => {
      if (request.reusedSocket) return connected();
      limitPhase("connect_timeout", timeouts.connectMs, `no connection to ${url.host}`);
      socket.once(url.protocol === "https:" ? "secureConnect" : "connect", connected);
    });
    request.on("response", (received) => {
      stopTimers();
      progress.responded = true;
      message = received;
      body = responseBody(received, timeouts.idleMs, progress);
      resolve({ status: received.statusCode as number, headers: received.headers, body });
    });
    // The gateway never requests an upgrade: without this, Node would wait for the timeout.
    request.on("upgrade", (_, socket) => {
      socket.on("error", () => {}).destroy();
      fail(
        new ConnectionError(
          "invalid_http",
          "the server switched protocols, which the gateway had not requested",
        ),
      );
    });
    request.on("error", fail);
    request.end(requestBody);
  });
}

/** The body, with backpressure to the server and an idle timeout that pauses while the body is not read. */
function responseBody(message: IncomingMessage, idleMs: number, progress: RequestProgress): Readable {
  let timer: NodeJS.Timeout | undefined;
  const silent = () =>
    body.destroy(new ConnectionError("idle_timeout", `no data from the server for ${idleMs} ms`));
  const body = new Readable({
    read() {
      timer ??= setTimeout(silent, idleMs);
      message.resume();
    },
    destroy(cause, done) {
      clearTimeout(timer);
      // Waits until the connection is closed, so that the server can notice before the next request.
      if (message.closed) done(cause);
      else message.once("close", () => done(cause)).destroy();
    },
  });
  // Without a listener, an error before the body is read would end the process.
  body.on("error", () => {});
  message.pause();
  message.on("data", (chunk: Buffer) => {
    timer?.refresh();
    if (body.push(chunk)) return;
    clearTimeout(timer);
    timer = undefined;
    message.pause();
  });
  message.on("end", () => {
    clearTimeout(timer);
    body.push(null);
  });
  message.on("error", (cause) => body.destroy(connectionError(cause, progress)));
  return body;
}
