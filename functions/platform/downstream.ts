// The call to a downstream MCP server: kept-alive connections, a limit for each phase, no redirects, no proxies, no retries.
// A request that may have arrived is never sent twice: a tool call is not idempotent (RFC 9110 §9.2.2).
import http from "node:http";
import https from "node:https";
import { dropStaleSockets, watchIdleSockets } from "./idle-sockets.ts";

/** One call. */
export type DownstreamRequest = {
  url: string;
  method: string;
  headers: Readonly<Record<string, string>>;
  body: string | undefined;
  timeouts: { connectMs: number; firstByteMs: number; idleMs: number };
};

/** Why there is no answer; `timeout` names the phase. */
export type DownstreamFailure = "unreachable" | "connect_timeout" | "first_byte_timeout";

/** An answer whose body is still arriving, or why there is none. */
export type DownstreamResult =
  | { ok: true; status: number; headers: http.IncomingHttpHeaders; body: http.IncomingMessage }
  | { ok: false; failure: DownstreamFailure; cause: unknown };

/** Sends a request and settles when the answer's headers are there. */
export type CallDownstream = (request: DownstreamRequest) => Promise<DownstreamResult>;

/** A server's address, taken apart once. */
type Target = { secure: boolean; agent: http.Agent; address: http.RequestOptions; host: string };

/** How often idle connections are looked through at most. */
const LOOK_AFTER_MS = 500;

/** Opens the connection pools. Nothing of a caller's identity is bound to a connection: every request carries its own. */
export function createDownstream(now: () => number = Date.now): CallDownstream {
  const agents = {
    "http:": new http.Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY }),
    "https:": new https.Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY }),
  };
  for (const agent of Object.values(agents)) watchIdleSockets(agent, now);

  const targets = new Map<string, Target>();
  const targetOf = (address: string): Target => {
    let target = targets.get(address);
    if (target === undefined) {
      const url = new URL(address);
      const agent = agents[url.protocol as keyof typeof agents];
      target = { secure: url.protocol === "https:", agent, address: addressOf(url), host: url.host };
      targets.set(address, target);
    }
    return target;
  };

  let lookedAt = Number.NEGATIVE_INFINITY;
  return (request) => {
    const time = now();
    if (Math.abs(time - lookedAt) >= LOOK_AFTER_MS) {
      lookedAt = time;
      for (const agent of Object.values(agents)) dropStaleSockets(agent, time);
    }
    return send(targetOf(request.url), request);
  };
}

function send(
  { secure, agent, address, host }: Target,
  request: DownstreamRequest,
): Promise<DownstreamResult> {
  const { connectMs, firstByteMs, idleMs } = request.timeouts;
  return new Promise((resolve) => {
    const outgoing = (secure ? https : http).request({
      ...address,
      method: request.method,
      headers: framed(host, request),
      agent,
    });
    let failure: DownstreamFailure = "unreachable";
    const expire = (phase: DownstreamFailure, ms: number) => {
      failure = phase;
      outgoing.destroy(new Error(`${phase} after ${ms} ms`));
    };
    let timer: NodeJS.Timeout | undefined;
    outgoing.once("socket", (socket) => {
      const connected = () => {
        clearTimeout(timer);
        timer = setTimeout(expire, firstByteMs, "first_byte_timeout", firstByteMs);
      };
      if (!socket.connecting) return connected();
      timer = setTimeout(expire, connectMs, "connect_timeout", connectMs);
      socket.once(secure ? "secureConnect" : "connect", connected);
    });
    outgoing.once("response", (body) => {
      clearTimeout(timer);
      limitIdleTime(body, idleMs);
      resolve({ ok: true, status: body.statusCode ?? 0, headers: body.headers, body });
    });
    outgoing.once("error", (cause) => {
      clearTimeout(timer);
      resolve({ ok: false, failure, cause });
    });
    outgoing.end(request.body);
  });
}

function addressOf({ protocol, hostname, port, pathname, search }: URL): http.RequestOptions {
  // Brackets belong to an IPv6 address in a URL alone.
  const host = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
  return { protocol, host, port: port === "" ? undefined : port, path: `${pathname}${search}` };
}

// Names and values in turns: Node writes such a list as it is, without a map of headers to be set and read again.
function framed(host: string, { headers, body }: DownstreamRequest): string[] {
  const list = ["host", host];
  for (const name in headers) list.push(name, headers[name] as string);
  if (body !== undefined) list.push("content-length", String(Buffer.byteLength(body)));
  return list;
}

/** Ends an answer whose server falls silent. The time in which the client is slow to read does not count. */
function limitIdleTime(body: http.IncomingMessage, idleMs: number): void {
  let timer: NodeJS.Timeout | undefined;
  const stop = () => clearTimeout(timer);
  const restart = () => {
    stop();
    timer = setTimeout(() => body.destroy(new Error(`downstream silent for ${idleMs} ms`)), idleMs);
  };
  // First of all: a listener for data would set the stream flowing, and nothing may be read before the client's side is attached.
  body.pause();
  body
    .on("data", () => timer?.refresh())
    .on("resume", restart)
    .on("pause", stop)
    .on("close", stop);
}
