// Whether the sign-in server can fetch clients' metadata documents: if it cannot, advertising them would break the sign-in of every
// client that has one.
import { lookup } from "node:dns/promises";
import { setTimeout } from "node:timers/promises";

// The host of Claude Code's document. Only a DNS lookup; nothing is sent there.
const DOCUMENT_HOST = "claude.ai";
const LOOKUP_TIMEOUT_MS = 2000;

/** False if the name does not resolve in time. */
export async function documentsAreReachable(host = DOCUMENT_HOST): Promise<boolean> {
  const resolved = lookup(host).then(
    () => true,
    () => false,
  );
  return await Promise.race([resolved, setTimeout(LOOKUP_TIMEOUT_MS, false, { ref: false })]);
}
