// Kept-alive connections of a function that may be frozen: it hears nothing of a server that closes, so what lay idle for long is not
// trusted with a request. By the wall clock, since timers stand still in a frozen function.
import type { Agent } from "node:http";
import type { Socket } from "node:net";
import { KEEP_ALIVE_IDLE_MS } from "../core/limits.ts";

type IdleSocket = Socket & { idleSince?: number };

/** Notes from when on each connection of the agent lies idle. */
export function watchIdleSockets(agent: Agent, now: () => number): void {
  agent.on("free", (socket: IdleSocket) => (socket.idleSince = now()));
}

/** Closes what has been idle for longer than {@link KEEP_ALIVE_IDLE_MS}; to be called before each request. */
export function dropStaleSockets(agent: Agent, now: number): void {
  for (const sockets of Object.values(agent.freeSockets)) {
    for (const socket of (sockets as IdleSocket[] | undefined) ?? []) {
      if (now - (socket.idleSince ?? now) > KEEP_ALIVE_IDLE_MS) socket.destroy();
    }
  }
}
