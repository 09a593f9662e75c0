// The runtime inside a function's process: loads the handler, then polls the Lambda Runtime API for invocations. It exits with
// its parent: standard input closes when the parent exits for any reason.
import { patchConsole } from "./function-console.ts";
import { type Handler, loadHandler, named } from "./load-handler.ts";
import { awslambda, createResponseStream, isStreaming } from "./response-stream.ts";
import {
  type NextInvocation,
  nextInvocation,
  openStreamedResponse,
  postError,
  postInitError,
  postResponse,
  runtimeError,
} from "./runtime-client.ts";

process.stdin.on("end", () => process.exit(0)).on("error", () => process.exit(0));
process.stdin.resume();

const api = process.env["AWS_LAMBDA_RUNTIME_API"] ?? "";
let requestId: string | undefined;

patchConsole(process.env["AWS_LAMBDA_LOG_FORMAT"], () => requestId);
Object.assign(globalThis, { awslambda });

const exitAfterReporting = (code: number) => (thrown: unknown) => {
  console.error("Invoke Error", thrown);
  const report =
    requestId === undefined
      ? postInitError(api, runtimeError(thrown))
      : postError(api, requestId, runtimeError(thrown));
  report.finally(() => process.exit(code));
};
process.on("uncaughtException", exitAfterReporting(129));
process.on("unhandledRejection", exitAfterReporting(128));

const handler = await initialise();
for (;;) await runOnce(handler, await nextInvocation(api));

async function initialise(): Promise<Handler> {
  try {
    const loaded = await loadHandler(process.env["LAMBDA_TASK_ROOT"] ?? "", process.env["_HANDLER"] ?? "");
    if (!isStreaming(loaded) && loaded.length > 2) {
      throw named(
        "Runtime.CallbackHandlerDeprecated",
        "Callback-style handlers do not exist on nodejs24.x: return a promise.",
      );
    }
    return loaded;
  } catch (thrown) {
    console.error(thrown);
    await postInitError(api, runtimeError(thrown));
    process.exit(1);
  }
}

async function runOnce(handler: Handler, { headers, body }: NextInvocation): Promise<void> {
  const id = String(headers["lambda-runtime-aws-request-id"]);
  requestId = id;
  process.env["_X_AMZN_TRACE_ID"] = String(headers["lambda-runtime-trace-id"] ?? "");
  const context = invocationContext(id, headers);
  if (isStreaming(handler)) await runStreaming(handler, id, JSON.parse(body), context);
  else await runBuffered(handler, id, JSON.parse(body), context);
}

async function runBuffered(handler: Handler, id: string, event: unknown, context: object): Promise<void> {
  try {
    const result = await handler(event, context);
    await postResponse(api, id, JSON.stringify(result) ?? "null");
  } catch (thrown) {
    console.error("Invoke Error", thrown);
    await postError(api, id, runtimeError(thrown));
  }
}

async function runStreaming(handler: Handler, id: string, event: unknown, context: object): Promise<void> {
  const { request, completed } = openStreamedResponse(api, id);
  // The parent may close the connection while the handler still writes.
  completed.catch(() => {});
  const stream = createResponseStream(request);
  try {
    await handler(event, stream, context);
    await completed;
  } catch (thrown) {
    console.error("Invoke Error", thrown);
    const error = runtimeError(thrown);
    request.addTrailers({
      "Lambda-Runtime-Function-Error-Type": error.errorType,
      "Lambda-Runtime-Function-Error-Body": Buffer.from(JSON.stringify(error)).toString("base64"),
    });
    if (!request.writableEnded) request.end();
    await completed.catch(() => {});
  }
}

function invocationContext(id: string, headers: NextInvocation["headers"]): object {
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  return {
    awsRequestId: id,
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env["AWS_LAMBDA_FUNCTION_NAME"],
    functionVersion: process.env["AWS_LAMBDA_FUNCTION_VERSION"],
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    logGroupName: process.env["AWS_LAMBDA_LOG_GROUP_NAME"],
    logStreamName: process.env["AWS_LAMBDA_LOG_STREAM_NAME"],
    memoryLimitInMB: process.env["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"],
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}
