// Describes the credential that a server would get for a caller: its type, source and header. Fetches none.
import type { EffectiveServer } from "../functions/core/config/effective-server.ts";
import { type UpstreamCredential, usesCallerToken } from "../functions/core/config/upstream/credential.ts";
import type { Principal } from "../functions/core/principal.ts";
import { decidesByTenant, tenantTarget } from "../functions/core/upstream/tenant.ts";

/** Describes the credential. @returns undefined if the server has neither `upstream_auth` nor `tenants` */
export function sentCredential(server: EffectiveServer, principal: Principal): string | undefined {
  if (server.upstreamAuth === undefined && !decidesByTenant(server)) return undefined;
  const target = tenantTarget(server, principal);
  if (!target.ok) {
    const { status, reason, message } = target.errorResponse;
    return `none: ${status} ${reason}. ${message}`;
  }
  const { upstreamAuth, url } = target.server;
  const host = server.tenants === undefined ? "" : `, for ${url}`;
  return upstreamAuth === undefined ? `none${host}` : `${credentialText(upstreamAuth)}${host}`;
}

function credentialText(credential: UpstreamCredential): string {
  switch (credential.type) {
    case "sigv4":
      return `sigv4: signed for ${credential.service} in ${credential.region ?? "the gateway's Region"}`;
    case "client_credentials":
    case "token_exchange": {
      const made =
        credential.type === "token_exchange"
          ? "exchanged from the caller's token"
          : "of the gateway's client";
      return `${credential.type}: a token ${made} at ${credential.tokenUrl}, in ${credential.place.header}`;
    }
    case "descope_connection": {
      const by = usesCallerToken(credential)
        ? "the caller's token"
        : "a management key, which skips Descope's policies";
      return `descope_connection: ${credential.appId} of the ${credential.level.replaceAll("_", " ")}, fetched with ${by} at ${credential.endpoint}, in ${credential.place.header}`;
    }
  }
}
