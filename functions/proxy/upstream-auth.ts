// The last step before a request is sent: adds static headers and the credential of `upstream_auth`. It runs after all checks, on the
// final request.
import type { EffectiveServer } from "../core/config/effective-server.ts";
import type { ErrorResponse } from "../core/error-response.ts";
import { type Headers, staticHeaders } from "../core/headers.ts";
import type { SecretStore } from "../platform/secret-store.ts";
import type { UpstreamCaller } from "./upstream-credentials/caller.ts";
import type { Credentials } from "./upstream-credentials/credentials.ts";

/** A request to an MCP server, before or after its credential is added. */
export type UpstreamRequest = { url: string; method: string; headers: Headers; body: string | undefined };

export type UpstreamTarget = {
  server: EffectiveServer;
  /** the default identity headers, and those configured on any server */
  identityNames: ReadonlySet<string>;
  /** omitted if no credential is added */
  caller?: UpstreamCaller;
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

/** Adds static headers and credential. */
export type UpstreamAuth = {
  /**
   * @param target the server that it goes to, and the caller
   * @throws SecretUnavailable if a secret can't be read: the request is then not sent
   */
  apply(request: UpstreamRequest, target: UpstreamTarget): Promise<UpstreamAuthResult>;
};

/**
 * Adds the server's static headers, with resolved secret references.
 *
 * @param secrets resolves the references
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

/**
 * Adds the server's static headers, and its credential.
 *
 * @param staticHeaders adds the headers
 * @param openCredentials opens the credentials on first use
 */
export function createUpstreamAuth(
  staticHeaders: UpstreamAuth,
  openCredentials: () => Promise<Credentials>,
): UpstreamAuth {
  let credentials: Promise<Credentials> | undefined;
  return {
    async apply(request, target) {
      const { name, upstreamAuth: credential } = target.server;
      const made = await staticHeaders.apply(request, target);
      if (!made.ok || credential === undefined) return made;
      if (target.caller === undefined) throw new Error("a credential requires a caller");
      credentials ??= openCredentials().catch((cause: unknown) => {
        credentials = undefined;
        throw cause;
      });
      return (await credentials).apply(made.request, { server: name, credential, caller: target.caller });
    },
  };
}
