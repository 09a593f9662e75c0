// Calls to downstream servers of a test's own, with the clocks that the code under test sets in the test's hand.
import type { ServerResponse } from "node:http";
import { afterEach, beforeAll, beforeEach, vi } from "vitest";
import {
  type AnswerBody,
  createDownstream,
  type DownstreamRequest,
  type DownstreamResult,
} from "../../functions/platform/downstream.ts";
import { closedPort, type LoopbackServer, startHttp } from "./loopback-server.ts";

const servers: LoopbackServer[] = [];
const bodies: AnswerBody[] = [];

/** Sets the clocks and the clearing up of a test file. Sockets go on in real time, and so does undici's limit for connecting. */
export function useDownstreamCalls(): void {
  // undici has one timer for all that connect and refreshes it for ever: of a faked clock, it would stand still with the next test.
  beforeAll(async () => {
    await createDownstream()(requestTo(`http://127.0.0.1:${await closedPort()}/`));
  });
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  });
  afterEach(async () => {
    vi.useRealTimers();
    for (const body of bodies.splice(0)) body.destroy();
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });
}

/** A server that is closed when the test ends. */
export async function serving(starting: Promise<LoopbackServer>): Promise<LoopbackServer> {
  const server = await starting;
  servers.push(server);
  return server;
}

/** A server that begins its answers with `a`; the test goes on with the last of them. */
export async function beginning(): Promise<LoopbackServer & { response(): ServerResponse | undefined }> {
  let response: ServerResponse | undefined;
  const server = await serving(
    startHttp((_, opened) => {
      response = opened;
      opened.write("a");
    }),
  );
  return { ...server, response: () => response };
}

export function requestTo(url: string, overrides: Partial<DownstreamRequest> = {}): DownstreamRequest {
  const timeouts = { connectMs: 3_000, firstByteMs: 60_000, idleMs: 240_000 };
  return { url, method: "POST", headers: {}, body: "{}", timeouts, ...overrides };
}

/** The answer, which there must be; its body is given up when the test ends. */
export function answered(result: DownstreamResult): Extract<DownstreamResult, { ok: true }> {
  if (!result.ok) throw new Error(`no answer: ${result.failure}`, { cause: result.cause });
  bodies.push(result.body);
  return result;
}

/** Settles when everything that is under way on loopback has been dealt with. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
