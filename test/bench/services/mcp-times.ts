// What the MCP workload asks of its clients, and what they answer.
import type { Endpoint, Era } from "./mcp-client.ts";

/** What a client does in a session, in this order. */
export const OPERATIONS = ["begin", "list", "echo", "first event", "whole stream"] as const;

export type Operation = (typeof OPERATIONS)[number];

/** A window of load. Each token is a client. */
export type WorkloadTask = {
  to: Endpoint;
  era: Era;
  tokens: string[];
  /** of each client, one after the other */
  sessions: number;
  /** between two operations of a client, on average */
  pauseMs: number;
};

/** Milliseconds by operation, or what went wrong. */
export type WorkloadAnswer = { times: Record<Operation, number[]> } | { fault: string };

/** No times yet. */
export function noTimes(): Record<Operation, number[]> {
  return { begin: [], list: [], echo: [], "first event": [], "whole stream": [] };
}
