// What a function reads before Lambda's init phase ends (`functions/lambda.mjs`).
import { INIT_READ_TIMEOUT_MS } from "../core/limits.ts";
import { withinTime } from "./within-time.ts";

/**
 * Waits for reads that the first request would otherwise wait for. Never rejects, and not for longer than {@link INIT_READ_TIMEOUT_MS}: a
 * failed read recurs, and is reported, when a request needs its value.
 */
export async function readInInitPhase(read: () => Promise<unknown>): Promise<void> {
  try {
    await withinTime(INIT_READ_TIMEOUT_MS, read);
  } catch {}
}
