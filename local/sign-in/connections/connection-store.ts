// The connected accounts (Descope's Connections), each with a token for its service. In memory only.
import { randomBytes } from "node:crypto";

/** The owner of a connection: a user, a user in a tenant, or a tenant. */
export type Account = {
  readonly appId: string;
  /** undefined: the tenant's */
  readonly userId?: string | undefined;
  /** undefined: the user's own */
  readonly tenantId?: string | undefined;
};

/** The vault's entry for a connected account. */
export type StoredToken = {
  readonly account: Account;
  readonly scopes: readonly string[];
  readonly accessToken: string;
  /** seconds since the epoch */
  readonly expiresAt: number;
};

export type ConnectOptions = {
  readonly scopes?: readonly string[];
  /** Lifetime of each token; default an hour. */
  readonly lifetimeSeconds?: number;
};

const TOKEN_LIFETIME_SECONDS = 3600;

type Connection = { account: Account; options: ConnectOptions; stored: StoredToken };

/** Connected accounts and the tokens that are valid at their services. */
export class ConnectionStore {
  readonly #connections = new Map<string, Connection>();
  readonly #valid = new Map<string, StoredToken>();
  readonly #now: () => number;

  /** @param now milliseconds since the epoch */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  connect(account: Account, options: ConnectOptions = {}): void {
    this.disconnect(account);
    this.#connections.set(keyOf(account), { account, options, stored: this.#issue(account, options) });
  }

  /** Issued tokens stay valid at the service until they expire, as at most services. */
  disconnect(account: Account): void {
    this.#connections.delete(keyOf(account));
  }

  isConnected(account: Account): boolean {
    return this.#connections.has(keyOf(account));
  }

  /** The account's token, refreshed if it has expired or `forceRefresh` is set; undefined: not connected. */
  token(account: Account, { forceRefresh = false } = {}): StoredToken | undefined {
    const connection = this.#connections.get(keyOf(account));
    if (connection === undefined) return undefined;
    if (forceRefresh || this.accountOf(connection.stored.accessToken) === undefined) {
      this.revoke(connection.stored.accessToken);
      connection.stored = this.#issue(connection.account, connection.options);
    }
    return connection.stored;
  }

  /** For the service: the owner of a token; undefined if it has expired, was revoked or never issued. */
  accountOf(accessToken: string): Account | undefined {
    const stored = this.#valid.get(accessToken);
    if (stored === undefined || stored.expiresAt * 1000 > this.#now()) return stored?.account;
    this.#valid.delete(accessToken);
    return undefined;
  }

  /** For the service: revokes the token. The vault gets a new one at the next request. */
  revoke(accessToken: string): void {
    this.#valid.delete(accessToken);
  }

  #issue(
    account: Account,
    { scopes = [], lifetimeSeconds = TOKEN_LIFETIME_SECONDS }: ConnectOptions,
  ): StoredToken {
    const accessToken = `${account.appId}-${randomBytes(24).toString("base64url")}`;
    const expiresAt = Math.floor(this.#now() / 1000) + lifetimeSeconds;
    const stored = { account, scopes, accessToken, expiresAt };
    this.#valid.set(accessToken, stored);
    return stored;
  }
}

function keyOf({ appId, userId = "", tenantId = "" }: Account): string {
  return JSON.stringify([appId, userId, tenantId]);
}
