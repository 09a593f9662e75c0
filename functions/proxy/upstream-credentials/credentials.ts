// Credentials of `upstream_auth`, opened with the first request that needs one. The cache key contains everything that a credential
// depends on, including the caller's token: no caller, tenant or server gets the credential of another.
import { hash } from "node:crypto";
import {
  type ConnectionCredential,
  type EndpointCredential,
  type Sigv4Credential,
  usesCallerToken,
} from "../../core/config/upstream/credential.ts";
import { errorResponse } from "../../core/error-response.ts";
import { RUNTIME_SESSION_HEADER } from "../../core/upstream/agentcore-session.ts";
import { reusableUntil, tokenHeader } from "../../core/upstream/token.ts";
import { connectionOwner } from "../../core/upstream/token-request.ts";
import type { SignRequest } from "../../platform/request-signer.ts";
import { createTokenCache } from "../../platform/token-cache.ts";
import type { UpstreamAuthResult, UpstreamCaller, UpstreamRequest } from "../upstream-request.ts";
import { createBackOffs } from "./back-offs.ts";
import { fetchConnectionToken } from "./connection-token.ts";
import { type EndpointParts, fetchEndpointToken } from "./endpoint-token.ts";
import { CredentialError } from "./token-fetcher.ts";

/** The credential to add, and for which server and caller. */
export type CredentialTarget = {
  server: string;
  credential: EndpointCredential | ConnectionCredential | Sigv4Credential;
  caller: UpstreamCaller;
};

/** `region` is the function's; `clock` dates signatures. */
export type CredentialParts = EndpointParts & { sign: SignRequest; region: string; clock?: () => Date };

export type Credentials = {
  /** @throws SecretUnavailable if a secret can't be read */
  apply(request: UpstreamRequest, target: CredentialTarget): Promise<UpstreamAuthResult>;
};

/** Creates the step that adds a credential, with an empty cache of tokens. */
export function createCredentials(parts: CredentialParts): Credentials {
  const cache = createTokenCache();
  const backOffs = createBackOffs();
  const { clock = () => new Date() } = parts;

  async function withToken(
    request: UpstreamRequest,
    { server, caller }: CredentialTarget,
    credential: EndpointCredential | ConnectionCredential,
  ): Promise<UpstreamAuthResult> {
    if (usesCallerToken(credential) && caller.token === undefined) return withoutCallerToken();
    const isCallersOwn = usesCallerToken(credential) || credential.type === "descope_connection";
    const key = JSON.stringify([
      credential.hash,
      server,
      request.url,
      ...(isCallersOwn ? callerKey(caller) : []),
    ]);
    const limits = {
      now: caller.now.getTime(),
      cacheSeconds: credential.cacheSeconds,
      callerEndsAt: isCallersOwn ? caller.principal.exp * 1_000 : undefined,
    };
    const token = (isRenewal: boolean) =>
      cache.get(key, limits.now, async () => {
        const fetched = await backOffs.fetchUnlessLimited(key, limits.now, () =>
          credential.type === "descope_connection"
            ? fetchConnectionToken(credential, caller, isRenewal, parts.secrets)
            : fetchEndpointToken(credential, caller, parts),
        );
        return { value: fetched.value, reusableUntil: reusableUntil(fetched, limits) };
      });
    const withHeader = (value: string): UpstreamRequest => ({
      ...request,
      headers: { ...request.headers, [credential.place.header]: tokenHeader(credential.place, value) },
    });
    return withErrorResponse(async () => {
      const value = await token(false);
      const renew = () =>
        withErrorResponse(async () => {
          cache.drop(key, value);
          const onRejected = () => backOffs.noRenewal(key, limits.now);
          return { ok: true, request: withHeader(await token(true)), onRejected };
        });
      const canRenew = backOffs.canRenew(key, limits.now);
      return { ok: true, request: withHeader(value), renew: canRenew ? renew : undefined };
    });
  }

  return {
    async apply(request, target) {
      const { credential } = target;
      if (credential.type !== "sigv4") return withToken(request, target, credential);
      const { service, region = parts.region } = credential;
      const { runtimeSession } = target.caller;
      const headers = { ...request.headers };
      if (runtimeSession !== undefined) headers[RUNTIME_SESSION_HEADER] = runtimeSession;
      return { ok: true, request: await parts.sign({ ...request, headers }, { service, region }, clock()) };
    },
  };
}

function callerKey({ token = "", principal }: UpstreamCaller): unknown[] {
  return [hash("sha256", token, "base64url"), principal.issuer, principal.sub, connectionOwner(principal)];
}

async function withErrorResponse(make: () => Promise<UpstreamAuthResult>): Promise<UpstreamAuthResult> {
  try {
    return await make();
  } catch (error) {
    if (!(error instanceof CredentialError)) throw error;
    return { ok: false, errorResponse: error.errorResponse, cause: error.cause };
  }
}

function withoutCallerToken(): UpstreamAuthResult {
  const message = "The gateway could not read your token again. Send it once, in the configured header.";
  return { ok: false, errorResponse: errorResponse("identity_unavailable", message) };
}
