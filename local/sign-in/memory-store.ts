// Storage of oidc-provider's grants, codes, sessions and registered clients, in memory only. Entries expire, and the least
// recently used entry is evicted when the store is full.
import type { Adapter, AdapterPayload } from "oidc-provider";

type Entry = { payload: AdapterPayload; expiresAt: number };

const MAX_ENTRIES = 10_000;

/** One store for all models of one provider, so that revoking a grant also deletes its tokens. */
export class MemoryStore {
  readonly #entries = new Map<string, Entry>();
  readonly #now: () => number;
  readonly #maxEntries: number;

  /** @param now milliseconds since the epoch */
  constructor(now: () => number = Date.now, maxEntries: number = MAX_ENTRIES) {
    this.#now = now;
    this.#maxEntries = maxEntries;
  }

  get(key: string): AdapterPayload | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    if (entry.expiresAt <= this.#now()) return undefined;
    this.#entries.set(key, entry);
    return entry.payload;
  }

  set(key: string, payload: AdapterPayload, lifetimeSeconds: number | undefined): void {
    const expiresAt =
      lifetimeSeconds === undefined ? Number.POSITIVE_INFINITY : this.#now() + lifetimeSeconds * 1000;
    this.#entries.delete(key);
    this.#entries.set(key, { payload, expiresAt });
    if (this.#entries.size > this.#maxEntries) this.#makeRoom();
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  /** First live entry whose key starts with the prefix and whose payload passes. */
  find(prefix: string, matches: (payload: AdapterPayload) => boolean): AdapterPayload | undefined {
    for (const [key, { payload }] of this.#entries) {
      if (key.startsWith(prefix) && matches(payload)) return this.get(key);
    }
    return undefined;
  }

  deleteWhere(matches: (payload: AdapterPayload) => boolean): void {
    for (const [key, { payload }] of this.#entries) if (matches(payload)) this.#entries.delete(key);
  }

  #makeRoom(): void {
    const now = this.#now();
    for (const [key, { expiresAt }] of this.#entries) if (expiresAt <= now) this.#entries.delete(key);
    for (const key of this.#entries.keys()) {
      if (this.#entries.size <= this.#maxEntries) return;
      this.#entries.delete(key);
    }
  }
}

/** oidc-provider's adapter of one model (`Client`, `Grant`, `RefreshToken`, …) over the shared store. */
export function memoryAdapter(store: MemoryStore, model: string): Adapter {
  const prefix = `${model}:`;
  return {
    upsert: async (id, payload, expiresIn) => store.set(prefix + id, payload, expiresIn),
    find: async (id) => store.get(prefix + id),
    findByUid: async (uid) => store.find(prefix, (payload) => payload.uid === uid),
    findByUserCode: async (userCode) => store.find(prefix, (payload) => payload.userCode === userCode),
    consume: async (id) => {
      const payload = store.get(prefix + id);
      if (payload) payload.consumed = Math.floor(Date.now() / 1000);
    },
    destroy: async (id) => store.delete(prefix + id),
    revokeByGrantId: async (grantId) => store.deleteWhere((payload) => payload.grantId === grantId),
  };
}
