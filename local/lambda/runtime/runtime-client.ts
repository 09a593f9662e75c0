// The function's side of the Lambda Runtime API (2018-06-01): polls for the next invocation and reports its outcome. Runs
// inside the function's process and uses only node:http.
import { Agent, type ClientRequest, type IncomingHttpHeaders, request } from "node:http";

/** One invocation, as returned by the Runtime API. */
export type NextInvocation = { headers: IncomingHttpHeaders; body: string };

const BASE = "/2018-06-01/runtime";
// Not the global agent: proxy settings of the environment must not apply to loopback.
const agent = new Agent({ keepAlive: true });

/** Waits without a timeout for the next invocation. */
export function nextInvocation(api: string): Promise<NextInvocation> {
  return send(api, "GET", "/invocation/next", {}, undefined);
}

export async function postResponse(api: string, requestId: string, body: string): Promise<void> {
  await send(api, "POST", `/invocation/${requestId}/response`, { "Content-Type": "application/json" }, body);
}

export async function postError(api: string, requestId: string, error: RuntimeError): Promise<void> {
  const headers = { "Lambda-Runtime-Function-Error-Type": error.errorType };
  await send(api, "POST", `/invocation/${requestId}/error`, headers, JSON.stringify(error));
}

/** Reports that the bundle or its handler could not be loaded. */
export async function postInitError(api: string, error: RuntimeError): Promise<void> {
  const headers = { "Lambda-Runtime-Function-Error-Type": error.errorType };
  await send(api, "POST", "/init/error", headers, JSON.stringify(error));
}

/** Opens the request for a streamed result; `completed` resolves when the Runtime API has read all of it. */
export function openStreamedResponse(
  api: string,
  requestId: string,
): { request: ClientRequest; completed: Promise<void> } {
  const opened = request(`http://${api}${BASE}/invocation/${requestId}/response`, {
    method: "POST",
    agent,
    headers: {
      "Lambda-Runtime-Function-Response-Mode": "streaming",
      "Content-Type": "application/octet-stream",
      Trailer: "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body",
      "Transfer-Encoding": "chunked",
    },
  });
  const completed = new Promise<void>((resolve, reject) => {
    opened.on("response", (response) => response.resume().on("end", resolve));
    opened.on("error", reject);
  });
  return { request: opened, completed };
}

/** An error in the form of the Runtime API. */
export type RuntimeError = { errorType: string; errorMessage: string; trace: string[] };

/** Converts any thrown value into that form. */
export function runtimeError(thrown: unknown): RuntimeError {
  if (!(thrown instanceof Error))
    return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
  return { errorType: thrown.name, errorMessage: thrown.message, trace: (thrown.stack ?? "").split("\n") };
}

function send(
  api: string,
  method: string,
  path: string,
  headers: Record<string, string>,
  body: string | undefined,
): Promise<NextInvocation> {
  return new Promise((resolve, reject) => {
    const sent = request(`http://${api}${BASE}${path}`, { method, headers, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({ headers: response.headers, body: Buffer.concat(chunks).toString("utf8") }),
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
