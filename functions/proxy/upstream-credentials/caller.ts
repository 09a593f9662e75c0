// The caller of a request, as far as a credential depends on it.
import type { Principal } from "../../core/principal.ts";

/** Who calls, and when. */
export type UpstreamCaller = {
  principal: Principal;
  /** the caller's token as sent; undefined where it can't be read */
  token: string | undefined;
  /** the session of the AgentCore Runtime that runs the server */
  runtimeSession?: string | undefined;
  now: Date;
};
