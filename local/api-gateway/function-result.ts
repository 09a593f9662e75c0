// A buffered invocation: reads the whole answer and parses it. Lambda refuses answers of more than 6 MB.
import type { LambdaFunction } from "../lambda/lambda-function.ts";
import type { FunctionResult } from "./authorizer.ts";

const MAX_ANSWER_BYTES = 6_291_556;

/** Invokes a function and waits for its result. */
export async function invokeBuffered(
  functions: ReadonlyMap<string, LambdaFunction>,
  arn: string,
  event: unknown,
  traceId: string,
): Promise<FunctionResult> {
  const answer = await functions.get(arn)?.invoke(event, traceId);
  if (answer === undefined) return failed("ResourceNotFoundException", `Function not found: ${arn}`);
  if (answer.kind === "event_too_large")
    return failed("RequestEntityTooLarge", "the event is larger than 6 MB");
  if (answer.kind === "throttled") return failed("TooManyRequestsException", "Rate Exceeded.");
  const result: FunctionResult =
    answer.kind === "error" ? { ok: false, ...answer.error } : await readResult(answer.body);
  await answer.finished;
  return result;
}

async function readResult(body: AsyncIterable<Buffer>): Promise<FunctionResult> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      size += chunk.length;
      if (size <= MAX_ANSWER_BYTES) chunks.push(chunk);
    }
    if (size > MAX_ANSWER_BYTES) {
      const limit = `Response payload size exceeded maximum allowed payload size (${MAX_ANSWER_BYTES} bytes).`;
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
