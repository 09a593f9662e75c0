import type { Principal } from "../../core/principal.ts";

/** The caller of a request, as far as an upstream credential depends on it. */
export type UpstreamCaller = {
  principal: Principal;
  /** the caller's token as sent; undefined if it can't be read */
  token: string | undefined;
  /** the AgentCore Runtime session, if the server runs there */
  runtimeSession?: string | undefined;
  now: Date;
};
