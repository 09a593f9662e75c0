// The services whose accounts can be connected, and the account that each user connects.
import type { LocalUser } from "../users.ts";
import type { Account, ConnectionStore } from "./connection-store.ts";

export type ConnectionApp = {
  readonly appId: string;
  readonly level: "user" | "user_in_tenant" | "tenant";
  /** What the token of a connected account may do. */
  readonly scopes: readonly string[];
};

/** The services, and the accounts that are connected. */
export type Connections = { readonly apps: readonly ConnectionApp[]; readonly store: ConnectionStore };

/** The account that a person connects at a service, and what it is called. */
export function accountAt(
  { appId, level }: ConnectionApp,
  { id, name, tenant, tenantName }: LocalUser,
): { label: string; account: Account } {
  if (level === "user") return { label: name, account: { appId, userId: id } };
  if (level === "tenant") return { label: tenantName, account: { appId, tenantId: tenant } };
  return { label: `${name} at ${tenantName}`, account: { appId, userId: id, tenantId: tenant } };
}
