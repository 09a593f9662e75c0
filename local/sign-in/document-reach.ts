// Whether the sign-in server can fetch the metadata documents that clients name: where it can't, to advertise them would stop the
// sign-in of every client that has one.
import { lookup } from "node:dns/promises";
import { setTimeout } from "node:timers/promises";

// Where Claude Code publishes its document. Only the name is looked up; nothing is sent there.
const DOCUMENT_HOST = "claude.ai";
const LOOKUP_TIMEOUT_MS = 2000;

/** False when the name does not resolve, or not in time. */
export async function documentsAreReachable(host = DOCUMENT_HOST): Promise<boolean> {
  const resolved = lookup(host).then(
    () => true,
    () => false,
  );
  return await Promise.race([resolved, setTimeout(LOOKUP_TIMEOUT_MS, false, { ref: false })]);
}
