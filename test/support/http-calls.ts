// Calls of the HTTP client to test servers, which close when the test ends.
import type { ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import { afterEach } from "vitest";
import type { ConnectionError } from "../../functions/platform/connection-fault.ts";
import {
  createHttpClient,
  type HttpRequest,
  type HttpResponse,
} from "../../functions/platform/http-client.ts";
import { type LoopbackServer, startHttp } from "./loopback-server.ts";

const servers: LoopbackServer[] = [];
const bodies: Readable[] = [];

/** To be called once where tests are described. */
export function closeServersAfterEach(): void {
  afterEach(async () => {
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

/** A server that begins its responses with `a`; the test goes on with the last of them. */
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

export function requestTo(url: string, overrides: Partial<HttpRequest> = {}): HttpRequest {
  const timeouts = { connectMs: 3_000, firstByteMs: 60_000, idleMs: 240_000 };
  return { url, method: "POST", headers: {}, body: "{}", timeouts, ...overrides };
}

/** Sends one request with a new client; the body is closed when the test ends. */
export async function sendTo(
  url: string,
  overrides: Partial<HttpRequest> = {},
  send = createHttpClient(),
): Promise<HttpResponse> {
  const response = await send(requestTo(url, overrides));
  bodies.push(response.body);
  return response;
}

/** The error of a request that must fail. */
export async function failureOf(
  url: string,
  overrides: Partial<HttpRequest> = {},
  send = createHttpClient(),
): Promise<ConnectionError> {
  return send(requestTo(url, overrides)).then(
    () => Promise.reject(new Error("there was a response")),
    (cause: ConnectionError) => cause,
  );
}

/** Settles when everything pending on loopback has been processed. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
