// The Lambda Runtime API for one function process, on its own loopback port: GET next, POST response (buffered or streamed),
// POST error, POST init/error. One invocation at a time.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { closeServer, listenOn } from "../loopback-server.ts";

export type Invocation = {
  readonly requestId: string;
  readonly payload: string;
  readonly deadlineMs: number;
  readonly functionArn: string;
  readonly traceId: string;
};

/** A function's error, as `Invoke` returns it. */
export type FunctionError = { readonly errorType: string; readonly errorMessage: string };

/** A function's result; the body must be read to its end for the function to continue. */
export type InvocationResult =
  | { readonly kind: "response"; readonly body: IncomingMessage; readonly streaming: boolean }
  | { readonly kind: "error"; readonly error: FunctionError };

/** Events of the process, in this order: idle or initFailed; then, for every invocation, responded and idle. */
export type RuntimeEvents = {
  readonly idle: () => void;
  readonly responded: (requestId: string, result: InvocationResult) => void;
  readonly initFailed: (error: FunctionError) => void;
};

const PREFIX = "/2018-06-01/runtime";

/** One Runtime API endpoint. */
export class RuntimeApi {
  readonly #server: Server;
  #poll: ServerResponse | undefined;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Starts listening. */
  static async start(events: RuntimeEvents): Promise<RuntimeApi> {
    // A stream may last 15 minutes and be idle for long.
    const server = createServer({ requestTimeout: 0, keepAliveTimeout: 0 });
    const api = new RuntimeApi(server);
    server.on("request", (request, response) => api.#handle(request, response, events));
    await listenOn(server, 0);
    return api;
  }

  /** `host:port` for AWS_LAMBDA_RUNTIME_API. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Sends an invocation to the waiting process. */
  deliver(invocation: Invocation): void {
    const poll = this.#poll;
    if (poll === undefined) throw new Error("the process is not waiting for an invocation");
    this.#poll = undefined;
    poll.writeHead(200, {
      "Content-Type": "application/json",
      "Lambda-Runtime-Aws-Request-Id": invocation.requestId,
      "Lambda-Runtime-Deadline-Ms": String(invocation.deadlineMs),
      "Lambda-Runtime-Invoked-Function-Arn": invocation.functionArn,
      "Lambda-Runtime-Trace-Id": invocation.traceId,
    });
    poll.end(invocation.payload);
  }

  /** Stops listening and closes all connections. */
  close(): void {
    void closeServer(this.#server);
  }

  #handle(request: IncomingMessage, response: ServerResponse, events: RuntimeEvents): void {
    const path = request.url?.startsWith(PREFIX) ? request.url.slice(PREFIX.length) : "";
    if (request.method === "GET" && path === "/invocation/next") {
      this.#poll = response;
      events.idle();
      return;
    }
    const [, requestId = "", verb] = /^\/invocation\/([^/]+)\/(response|error)$/.exec(path) ?? [];
    if (verb === "response") {
      const streaming = request.headers["lambda-runtime-function-response-mode"] === "streaming";
      request.on("end", () => response.writeHead(202).end());
      request.on("error", () => {});
      events.responded(requestId, { kind: "response", body: request, streaming });
    } else if (verb === "error" || path === "/init/error") {
      void readError(request).then((error) => {
        response.writeHead(202).end();
        if (verb === "error") events.responded(requestId, { kind: "error", error });
        else events.initFailed(error);
      });
    } else {
      response.writeHead(404).end();
    }
  }
}

async function readError(request: IncomingMessage): Promise<FunctionError> {
  try {
    const { errorType, errorMessage } = (await json(request)) as Record<string, unknown>;
    return { errorType: String(errorType), errorMessage: String(errorMessage) };
  } catch {
    return { errorType: "Runtime.Unknown", errorMessage: "the runtime reported an error without a body" };
  }
}
