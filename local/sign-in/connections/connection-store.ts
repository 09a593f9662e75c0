// The accounts that are connected: Descope's Connections, each with the token of the service that it connects to. In memory only.
import { randomBytes } from "node:crypto";

/** Whose connection it is: a user's own, a user's for a tenant, or a tenant's. */
export type Account = {
  readonly appId: string;
  /** absent: the tenant's */
  readonly userId?: string | undefined;
  /** absent: the user's own */
  readonly tenantId?: string | undefined;
};

/** What the vault holds of a connected account. */
export type StoredToken = {
  readonly account: Account;
  readonly scopes: readonly string[];
  readonly accessToken: string;
  /** seconds since the epoch */
  readonly expiresAt: number;
};

/** How an account is connected. */
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

  /** The service still takes a token that was handed out: at most services it lives to its end. */
  disconnect(account: Account): void {
    this.#connections.delete(keyOf(account));
  }

  isConnected(account: Account): boolean {
    return this.#connections.has(keyOf(account));
  }

  /** The account's token, refreshed where it has expired or `forceRefresh` is set; undefined: not connected. */
  token(account: Account, { forceRefresh = false } = {}): StoredToken | undefined {
    const connection = this.#connections.get(keyOf(account));
    if (connection === undefined) return undefined;
    if (forceRefresh || this.accountOf(connection.stored.accessToken) === undefined) {
      this.revoke(connection.stored.accessToken);
      connection.stored = this.#issue(connection.account, connection.options);
    }
    return connection.stored;
  }

  /** For the service: whose token it is; undefined where it has expired, was revoked or never issued. */
  accountOf(accessToken: string): Account | undefined {
    const stored = this.#valid.get(accessToken);
    if (stored === undefined || stored.expiresAt * 1000 > this.#now()) return stored?.account;
    this.#valid.delete(accessToken);
    return undefined;
  }

  /** For the service: the token ends now. The vault gets another one when it is asked next. */
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
