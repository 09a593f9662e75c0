// Which target of a server a caller's requests go to: the one of the verified current tenant, where the server has one for it.
import type { EffectiveServer } from "../config/effective-server.ts";
import { dependsOnTenant } from "../config/upstream/credential.ts";
import { type ErrorResponse, errorResponse } from "../error-response.ts";
import type { Principal } from "../principal.ts";

/** The server as it is for the caller, or why the caller may not reach it. */
export type TenantTarget =
  | { ok: true; server: EffectiveServer }
  | { ok: false; errorResponse: ErrorResponse };

/** Whether anything at a server depends on the caller's tenant. */
export function decidesByTenant(server: EffectiveServer): boolean {
  return (
    server.tenants !== undefined || server.tenantRequired === true || dependsOnTenant(server.upstreamAuth)
  );
}

/**
 * Chooses the target.
 *
 * @param server the server as configured
 * @param principal the caller; the tenant counts only where the token says that the caller belongs to it
 */
export function tenantTarget(
  server: EffectiveServer,
  { tenant, tenantIsMember }: Pick<Principal, "tenant" | "tenantIsMember">,
): TenantTarget {
  if (!decidesByTenant(server)) return { ok: true, server };
  if (tenantIsMember) return { ok: true, server: server.tenants?.get(tenant) ?? server };
  // The server's own target would be a guess.
  if (tenant !== "") return deny("The current tenant (dct) of your token is not one of its tenants.");
  return server.tenantRequired || dependsOnTenant(server.upstreamAuth)
    ? deny("This MCP server needs a current tenant (dct) in your token.")
    : { ok: true, server };
}

function deny(reason: string): TenantTarget {
  const message = `${reason} Sign in again and choose a tenant that you belong to.`;
  return { ok: false, errorResponse: errorResponse("tenant_required", message) };
}
