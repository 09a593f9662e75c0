// The two users who can sign in locally, with different subscriptions, tenants, roles and permissions.

export type LocalUser = {
  /** The user's key in the login form and the token command. */
  readonly key: "free" | "pro";
  /** Descope user id, the `sub` of a token. */
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly subscription: string;
  readonly tenant: string;
  readonly tenantName: string;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
};

export const LOCAL_USERS: readonly LocalUser[] = [
  {
    key: "free",
    id: "U2fridaFree00000000000000001",
    name: "Frida Free",
    email: "frida@example.com",
    subscription: "free",
    tenant: "T2freeTenant0000000000000001",
    tenantName: "Free Choirs",
    roles: ["viewer"],
    permissions: ["reports.read"],
  },
  {
    key: "pro",
    id: "U2petraPro000000000000000001",
    name: "Petra Pro",
    email: "petra@example.com",
    subscription: "pro",
    tenant: "T2proTenant00000000000000001",
    tenantName: "Pro Orchestras",
    roles: ["editor", "admin"],
    permissions: ["reports.read", "reports.write"],
  },
];

export function userByKey(key: string): LocalUser | undefined {
  return LOCAL_USERS.find((user) => user.key === key);
}

export function userById(id: string): LocalUser | undefined {
  return LOCAL_USERS.find((user) => user.id === id);
}

/** For messages: `free (Frida Free), pro (Petra Pro)`. */
export function knownUsers(): string {
  return LOCAL_USERS.map((user) => `${user.key} (${user.name})`).join(", ");
}
