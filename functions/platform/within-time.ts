// Bounds a call whose own time limits can't be relied on: the AWS SDK's `requestTimeout` by default only warns, and ends with the headers.

/**
 * Runs a call for so long at most.
 *
 * @param limitMs milliseconds until the call is given up and its signal aborts
 * @param run the call; it should stop when its signal aborts, but need not
 * @throws Error saying that there was no answer in time, or whatever the call throws
 */
export async function withinTime<Result>(
  limitMs: number,
  run: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const ending = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const timedOut = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${limitMs} ms`));
      ending.abort();
    }, limitMs);
  });
  try {
    return await Promise.race([run(ending.signal), timedOut]);
  } finally {
    clearTimeout(timer);
  }
}
