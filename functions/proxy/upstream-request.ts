// A request to an MCP server on its way through the steps that add headers and a credential.
import type { ErrorResponse } from "../core/error-response.ts";
import type { Headers } from "../core/headers.ts";
import type { Principal } from "../core/principal.ts";

/** A request to an MCP server, before or after its credential is added. */
export type UpstreamRequest = { url: string; method: string; headers: Headers; body: string | undefined };

/** The caller of a request, as far as an upstream credential depends on it. */
export type UpstreamCaller = {
  principal: Principal;
  /** the caller's token as sent; undefined if it can't be read */
  token: string | undefined;
  /** the AgentCore Runtime session, if the server runs there */
  runtimeSession?: string | undefined;
  now: Date;
};

/**
 * The request with its credential, or why it must not be sent. `renew` replaces a credential that the server has rejected; `onRejected` must
 * be called if the server rejects the renewed one as well.
 */
export type UpstreamAuthResult =
  | {
      ok: true;
      request: UpstreamRequest;
      renew?: (() => Promise<UpstreamAuthResult>) | undefined;
      onRejected?: () => void;
    }
  | { ok: false; errorResponse: ErrorResponse; cause?: unknown };
