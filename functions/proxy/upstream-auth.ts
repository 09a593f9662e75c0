// The last step before a request is sent: adds static headers and the credential of `upstream_auth`. It runs after all checks, on the
// final request.
import type { EffectiveServer } from "../core/config/effective-server.ts";
import { staticHeaders } from "../core/headers.ts";
import { fillAll, type SecretStore } from "../platform/secret-store.ts";
import type { Credentials } from "./upstream-credentials/credentials.ts";
import type { UpstreamAuthResult, UpstreamCaller, UpstreamRequest } from "./upstream-request.ts";

export type UpstreamTarget = {
  server: EffectiveServer;
  /** the default identity headers, and those configured on any server */
  identityNames: ReadonlySet<string>;
  /** omitted if no credential is added */
  caller?: UpstreamCaller;
};

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
      const configured = await fillAll(staticHeaders(server.headers, identityNames), secrets);
      return { ok: true, request: { ...request, headers: { ...request.headers, ...configured } } };
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
