// A server that issues credentials for tests: keeps every request, decides by a function of the test double, and fails on request.
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { type GoodResponse, type Misbehaviour, misbehave } from "./misbehaviours.ts";

/** One request as it arrived. */
export type CredentialRequest = { method: string; path: string; headers: IncomingHttpHeaders; body: string };

/** A token, or an error response. */
export type Decision =
  | Pick<GoodResponse, "token" | "expiresIn">
  | { status: number; headers?: Record<string, string>; body: unknown };

/** What a test controls of either double. */
export type CredentialServer = {
  /** `http://127.0.0.1:<port>`, no trailing slash */
  url: string;
  /** all requests, in order */
  requests: readonly CredentialRequest[];
  /** Fails from now on, or for so many requests; `undefined` ends it. */
  misbehave(how: Misbehaviour | undefined, times?: number): void;
  /** Stops listening: connections are refused. */
  stopListening(): Promise<void>;
  /** Listens again, on the same port. */
  listenAgain(): Promise<void>;
  /** Delays every response until the returned function is called. */
  hold(): () => void;
  close(): Promise<void>;
};

/** @param decide what a request gets @param render the response body for a token */
export async function startCredentialServer(
  decide: (request: CredentialRequest) => Decision,
  render: GoodResponse["render"],
): Promise<CredentialServer> {
  const requests: CredentialRequest[] = [];
  let fault: { how: Misbehaviour; left: number } | undefined;
  let held: Promise<void> = Promise.resolve();

  const server = createServer(async (message, response) => {
    const request = await requestOf(message);
    requests.push(request);
    await held;
    const decision = decided(decide, request);
    if (fault !== undefined && fault.left > 0) {
      fault.left -= 1;
      const { token = "unused", expiresIn = 60 } = "token" in decision ? decision : {};
      misbehave(fault.how, response, { token, expiresIn, render });
      return;
    }
    const [status, body] =
      "token" in decision
        ? [200, render(decision.token, decision.expiresIn)]
        : [decision.status, decision.body];
    const headers = "token" in decision ? {} : (decision.headers ?? {});
    response.writeHead(status, {
      "content-type": "application/json",
      "cache-control": "no-store",
      ...headers,
    });
    response.end(JSON.stringify(body));
  });
  const port = await listen(server, 0);
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    misbehave: (how, times = Number.POSITIVE_INFINITY) => {
      fault = how === undefined ? undefined : { how, left: times };
    },
    stopListening: () => stop(server),
    listenAgain: async () => void (await listen(server, port)),
    hold: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return resolve;
    },
    close: () => stop(server),
  };
}

/** Unreadable input, such as a token without the JWT format, is a bad request. */
function decided(decide: (request: CredentialRequest) => Decision, request: CredentialRequest): Decision {
  try {
    return decide(request);
  } catch (error) {
    return { status: 400, body: { error: "invalid_request", error_description: (error as Error).message } };
  }
}

async function requestOf(message: IncomingMessage): Promise<CredentialRequest> {
  const { method = "", url = "", headers } = message;
  return { method, path: url, headers, body: await text(message) };
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function stop(server: Server): Promise<void> {
  if (!server.listening) return;
  server.close();
  server.closeAllConnections();
  await once(server, "close");
}
