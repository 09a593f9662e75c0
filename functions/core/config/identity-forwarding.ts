// A `user_identity_forwarding` block, compiled for one server.

import { IDENTITY_HEADER_BY_METHOD } from "./header-names.ts";
import { AGENTCORE_IDENTITY_HEADERS, isAgentCore } from "./upstream/agentcore.ts";
import type { UpstreamTarget } from "./upstream/targets.ts";
import type { UserIdentityForwarding } from "./user-identity-forwarding.ts";

export type IdentityForwarding = ClaimsHeader | SignedHeader | BearerHeader;

/** The claims as one line of JSON. */
export type ClaimsHeader = { method: "claims_header"; headerName: string; includeClaims: readonly string[] };

/** The claims in a JWT that the gateway signs; `audience` is its `aud`. */
export type SignedHeader = {
  method: "jwt_header";
  headerName: string;
  includeClaims: readonly string[];
  expirySeconds: number;
  audience: string;
};

/** The caller's own token. */
export type BearerHeader = { method: "bearer"; headerName: string };

/** Compiles a block. The default audience of a signed identity is the URL that is called. */
export function compileIdentity(
  block: UserIdentityForwarding | undefined,
  { url, upstreamAuth }: UpstreamTarget,
): IdentityForwarding | undefined {
  if (block === undefined) return undefined;
  const { method, include_claims: includeClaims } = block;
  const headerNames = isAgentCore(upstreamAuth) ? AGENTCORE_IDENTITY_HEADERS : IDENTITY_HEADER_BY_METHOD;
  const headerName = block.header_name ?? headerNames[method];
  switch (method) {
    case "bearer":
      return { method, headerName };
    case "claims_header":
      return { method, headerName, includeClaims };
    case "jwt_header": {
      const { origin, pathname } = new URL(url);
      const audience = block.audience ?? origin + pathname;
      return { method, headerName, includeClaims, expirySeconds: block.jwt_expiry_seconds, audience };
    }
  }
}
