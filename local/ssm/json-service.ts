// A loopback endpoint for an AWS service with the JSON 1.1 protocol: one POST per operation, named by X-Amz-Target.
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import { json } from "node:stream/consumers";
import { closeServer, listenOn } from "../loopback-server.ts";

/** An error that the SDK turns into an exception of the same name. */
export class ServiceError extends Error {
  readonly type: string;
  readonly status: number;
  /** further members of the error's body */
  readonly details: object;

  constructor(type: string, message: string, status = 400, details: object = {}) {
    super(message);
    this.type = type;
    this.status = status;
    this.details = details;
  }
}

/** Runs one operation; throws {@link ServiceError} for requests that the service would reject. */
export type Operation = (input: Record<string, unknown>) => object | Promise<object>;

export type JsonService = {
  readonly url: string;
  /** Number of requests so far, by operation. */
  readonly requests: ReadonlyMap<string, number>;
  /** Called before every operation; a thrown error becomes the response. For tests: throttling, failures, delays. */
  intercept: ((operation: string) => void | Promise<void>) | undefined;
  close(): Promise<void>;
};

/** Starts an endpoint on 127.0.0.1. */
export async function startJsonService(
  target: string,
  operations: Readonly<Record<string, Operation>>,
): Promise<JsonService> {
  const requests = new Map<string, number>();
  const server = createServer((request, response) => {
    void respond(request).then(({ status, body }) => {
      response.writeHead(status, {
        "Content-Type": "application/x-amz-json-1.1",
        "x-amzn-RequestId": randomUUID(),
      });
      response.end(JSON.stringify(body));
    });
  });

  const respond = async (request: IncomingMessage): Promise<{ status: number; body: object }> => {
    try {
      const input = await readInput(request);
      const [service, operation = ""] = String(request.headers["x-amz-target"]).split(".");
      const run = service === target ? operations[operation] : undefined;
      if (run === undefined) {
        throw new ServiceError("UnknownOperationException", `${operation} is not supported by the local run`);
      }
      requests.set(operation, (requests.get(operation) ?? 0) + 1);
      await running.intercept?.(operation);
      return { status: 200, body: await run(input) };
    } catch (error) {
      const { type, status, details } =
        error instanceof ServiceError ? error : { type: "InternalServerError", status: 500, details: {} };
      return { status, body: { __type: type, message: (error as Error).message, ...details } };
    }
  };

  const running: JsonService = {
    url: `http://127.0.0.1:${await listenOn(server, 0)}`,
    requests,
    intercept: undefined,
    close: () => closeServer(server),
  };
  return running;
}

async function readInput(request: IncomingMessage): Promise<Record<string, unknown>> {
  try {
    return (await json(request)) as Record<string, unknown>;
  } catch {
    throw new ServiceError("SerializationException", "the request body is not JSON");
  }
}
