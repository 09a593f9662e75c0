// Kept-alive connections of a function that may be frozen: it hears nothing of a server that closes, so what lay idle for long is not
// trusted with a request. By the wall clock, since timers stand still in a frozen function.
import type { Socket } from "node:net";
import { buildConnector, Client } from "undici";
import { KEEP_ALIVE_IDLE_MS } from "../core/limits.ts";

/** A connection that carries one request at a time. Ends with `release` or `discard`. */
export type Connection = {
  readonly client: Client;
  /** path and query of the URL that it was taken for */
  readonly path: string;
  /** the error that broke the socket off, where one did: undici takes it for the end of an answer that has no other */
  brokenBy(): Error | undefined;
  /** gives it back: its answer was read to the end */
  release(): void;
  /** closes it: what it carries next could not be trusted */
  discard(): void;
};

/** Connections by where they lead. */
export type Connections = {
  /**
   * Takes an idle connection, or a new one that is opened with its first request.
   *
   * @param url http or https
   * @param connectMs how long opening it may take, TLS included, in milliseconds
   */
  take(url: string, connectMs: number): Connection;
};

type IdleConnection = { connection: Connection; since: number };
type Target = {
  url: URL;
  path: string;
  connect: buildConnector.connector;
  /** undici remembers it weakly: it is gone with the next collection where nobody holds it */
  session: Buffer | undefined;
  idle: IdleConnection[];
};

/** Opens an empty pool without an upper bound: API Gateway bounds what is under way. */
export function openConnections(now: () => number): Connections {
  const targets = new Map<string, Target>();

  return {
    take(url, connectMs) {
      const key = `${connectMs} ${url}`;
      let target = targets.get(key);
      if (target === undefined) {
        target = targetOf(url, connectMs);
        targets.set(key, target);
      }
      return takeIdle(target, now) ?? openConnection(target, now);
    },
  };
}

function targetOf(address: string, connectMs: number): Target {
  const url = new URL(address);
  // One for all connections of a server: it knows the TLS session.
  const connect = buildConnector({ timeout: connectMs, allowH2: false });
  return { url, path: `${url.pathname}${url.search}`, connect, session: undefined, idle: [] };
}

/** The one that was used last. Where that has been idle for too long, all have. */
function takeIdle({ idle }: Target, now: () => number): Connection | undefined {
  for (let last = idle.pop(); last !== undefined; last = idle.pop()) {
    if (Math.abs(now() - last.since) <= KEEP_ALIVE_IDLE_MS) return last.connection;
    last.connection.discard();
  }
  return undefined;
}

function openConnection(target: Target, now: () => number): Connection {
  const { url, path, connect, idle } = target;
  let socket: Socket | undefined;
  const client = new Client(url.origin, {
    connect: (options, callback) =>
      connect(options, (...settled) => {
        socket = settled[1]?.on("session", (session: Buffer) => (target.session = session));
        callback(...settled);
      }),
    keepAliveTimeout: KEEP_ALIVE_IDLE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_IDLE_MS,
    // Every call has limits of its own.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const connection = {
    client,
    path,
    brokenBy: () => socket?.errored ?? undefined,
    release: () => void idle.push({ connection, since: now() }),
    discard: () => void client.destroy(),
  };
  return connection;
}
