// Finds what a function's log says about the cause of a failed request, for the request's line on the terminal. The log line comes through
// another pipe than the response, so it may arrive shortly after it.

/** Causes by request id. */
export type RequestCauses = {
  /** Takes every line that a function writes. */
  note(line: string): void;
  /** The cause that was logged for a request; undefined where none is logged shortly. */
  of(requestId: string): Promise<string | undefined>;
};

const MAX_KEPT = 100;

/**
 * Opens the search.
 *
 * @param waitMs how long a log line may come after its response
 */
export function openRequestCauses(waitMs = 300): RequestCauses {
  const causes = new Map<string, string>();
  const waiting = new Map<string, (cause: string) => void>();
  return {
    note(line) {
      const { request_id: id, cause } = line.includes('"cause"') ? fieldsOf(line) : {};
      if (typeof id !== "string" || typeof cause !== "string") return;
      causes.set(id, shortCause(cause));
      waiting.get(id)?.(shortCause(cause));
      const [oldest] = causes.keys();
      if (causes.size > MAX_KEPT && oldest !== undefined) causes.delete(oldest);
    },
    of(requestId) {
      const known = causes.get(requestId);
      if (known !== undefined) return Promise.resolve(known);
      return new Promise((resolve) => {
        const settle = (cause?: string) => {
          clearTimeout(timer);
          waiting.delete(requestId);
          resolve(cause);
        };
        const timer = setTimeout(settle, waitMs).unref();
        waiting.set(requestId, settle);
      });
    },
  };
}

/** The gateway's own words, without the class of the error and what Node says. */
function shortCause(cause: string): string {
  return cause.replace(/^\w*Error: /, "").replace(/, because of .*$/s, "");
}

function fieldsOf(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return {};
  }
}
