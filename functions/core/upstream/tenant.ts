// Selects the target of a server by the caller's verified current tenant.
import type { EffectiveServer } from "../config/effective-server.ts";
import { dependsOnTenant } from "../config/upstream/credential.ts";
import { type ErrorResponse, errorResponse } from "../error-response.ts";
import type { Principal } from "../principal.ts";

/** The server with the tenant's target, or the error response if the caller has none. */
export type TenantTarget =
  | { ok: true; server: EffectiveServer }
  | { ok: false; errorResponse: ErrorResponse };

/** Whether a server's target or credential depends on the caller's tenant. */
export function decidesByTenant(server: EffectiveServer): boolean {
  return (
    server.tenants !== undefined || server.tenantRequired === true || dependsOnTenant(server.upstreamAuth)
  );
}

/**
 * Selects the target.
 *
 * @param principal the caller; its tenant counts only if the token says that the caller is a member
 */
export function tenantTarget(
  server: EffectiveServer,
  { tenant, tenantIsMember }: Pick<Principal, "tenant" | "tenantIsMember">,
): TenantTarget {
  if (!decidesByTenant(server)) return { ok: true, server };
  if (tenantIsMember) return { ok: true, server: server.tenants?.get(tenant) ?? server };
  // Never falls back to the server's target.
  if (tenant !== "") return deny("The current tenant (dct) of your token is not one of its tenants.");
  return server.tenantRequired || dependsOnTenant(server.upstreamAuth)
    ? deny("This MCP server needs a current tenant (dct) in your token.")
    : { ok: true, server };
}

function deny(reason: string): TenantTarget {
  const message = `${reason} Sign in again and choose a tenant that you belong to.`;
  return { ok: false, errorResponse: errorResponse("tenant_required", message) };
}
