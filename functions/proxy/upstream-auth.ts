// The last step before a request is sent to an MCP server: it may add the credential that the server wants, or sign the request. It runs after
// every check that can deny, on the request as it will be sent.
import type { EffectiveServer } from "../core/config/effective-server.ts";
import type { ErrorResponse } from "../core/error-response.ts";
import { type Headers, staticHeaders } from "../core/headers.ts";
import type { SecretStore } from "../platform/secret-store.ts";

/** A request to an MCP server, complete but for the credential. */
export type UpstreamRequest = { url: string; method: string; headers: Headers; body: string | undefined };

/** Where a request goes. */
export type UpstreamTarget = {
  server: EffectiveServer;
  /** every identity header name configured on any server, and the defaults */
  identityNames: ReadonlySet<string>;
};

/** The request with its credential, or why it must not be sent. */
export type UpstreamAuthResult =
  | { ok: true; request: UpstreamRequest }
  | { ok: false; errorResponse: ErrorResponse; cause?: unknown };

/** Adds what a server wants to see of the gateway. */
export type UpstreamAuth = {
  /**
   * @param request the request, with the caller's identity
   * @param target the server that it goes to
   * @throws SecretUnavailable where a secret can't be read: the request is then not sent
   */
  apply(request: UpstreamRequest, target: UpstreamTarget): Promise<UpstreamAuthResult>;
};

/**
 * Adds the server's static headers, with secrets in the place of their references.
 *
 * @param secrets where the references are looked up
 */
export function createStaticHeaders(secrets: SecretStore): UpstreamAuth {
  return {
    async apply(request, { server, identityNames }) {
      const configured = Object.entries(staticHeaders(server.headers, identityNames));
      const filled = await Promise.all(
        configured.map(async ([name, text]) => [name, await secrets.fill(text)] as const),
      );
      const headers = { ...request.headers, ...Object.fromEntries(filled) };
      return { ok: true, request: { ...request, headers } };
    },
  };
}
