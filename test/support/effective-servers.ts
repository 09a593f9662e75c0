// Servers as a configuration makes them, with what a test needs otherwise.
import type { EffectiveServer } from "../../functions/core/config/effective-server.ts";
import { configSnapshot } from "./gateway-config.ts";

/** The server `tools` of a plain configuration, changed. */
export function effectiveServerWith(changes: Partial<EffectiveServer>): EffectiveServer {
  return { ...(configSnapshot().servers.get("tools") as EffectiveServer), ...changes };
}
