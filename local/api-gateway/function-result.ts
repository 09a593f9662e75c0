// A buffered invocation: reads the whole response and parses it. Lambda rejects responses of more than 6 MB.
import type { LambdaFunction } from "../lambda/lambda-function.ts";
import type { FunctionResult } from "./authorizer.ts";

const MAX_RESPONSE_BYTES = 6_291_556;

/** Invokes a function and waits for its result. */
export async function invokeBuffered(
  functions: ReadonlyMap<string, LambdaFunction>,
  arn: string,
  event: unknown,
  traceId: string,
): Promise<FunctionResult> {
  const invocation = await functions.get(arn)?.invoke(event, traceId);
  if (invocation === undefined) return failed("ResourceNotFoundException", `Function not found: ${arn}`);
  if (invocation.kind === "event_too_large")
    return failed("RequestEntityTooLarge", "the event is larger than 6 MB");
  if (invocation.kind === "throttled") return failed("TooManyRequestsException", "Rate Exceeded.");
  const result: FunctionResult =
    invocation.kind === "error" ? { ok: false, ...invocation.error } : await readResult(invocation.body);
  await invocation.finished;
  return result;
}

async function readResult(body: AsyncIterable<Buffer>): Promise<FunctionResult> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      size += chunk.length;
      if (size <= MAX_RESPONSE_BYTES) chunks.push(chunk);
    }
    if (size > MAX_RESPONSE_BYTES) {
      const limit = `Response payload size exceeded maximum allowed payload size (${MAX_RESPONSE_BYTES} bytes).`;
      return failed("Function.ResponseSizeTooLarge", limit);
    }
    return { ok: true, output: JSON.parse(Buffer.concat(chunks).toString("utf8")) };
  } catch (error) {
    return failed("Runtime.InvalidResponse", (error as Error).message);
  }
}

function failed(errorType: string, errorMessage: string): FunctionResult {
  return { ok: false, errorType, errorMessage };
}
