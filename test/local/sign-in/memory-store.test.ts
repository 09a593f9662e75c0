import { describe, expect, it } from "vitest";
import { MemoryStore, memoryAdapter } from "../../../local/sign-in/memory-store.ts";

describe("MemoryStore", () => {
  it("removes an entry at its expiry", () => {
    let now = 0;
    const store = new MemoryStore(() => now);
    store.set("a", { jti: "a" }, 10);
    now = 9_999;
    expect(store.get("a")).toEqual({ jti: "a" });
    now = 10_000;
    expect(store.get("a")).toBeUndefined();
  });

  it("keeps an entry without lifetime", () => {
    let now = 0;
    const store = new MemoryStore(() => now);
    store.set("a", { jti: "a" }, undefined);
    now = Number.MAX_SAFE_INTEGER;
    expect(store.get("a")).toEqual({ jti: "a" });
  });

  it("evicts expired entries first, then the least recently used one", () => {
    let now = 0;
    const store = new MemoryStore(() => now, 2);
    store.set("old", { jti: "old" }, undefined);
    store.set("short", { jti: "short" }, 1);
    now = 1_000;
    store.set("new", { jti: "new" }, undefined);
    expect(store.get("old")).toEqual({ jti: "old" });
    store.set("newest", { jti: "newest" }, undefined);
    expect(store.get("new")).toBeUndefined();
    expect(store.get("old")).toEqual({ jti: "old" });
    expect(store.get("newest")).toEqual({ jti: "newest" });
  });
});

describe("memoryAdapter", () => {
  it("separates models", async () => {
    const store = new MemoryStore();
    await memoryAdapter(store, "Session").upsert("1", { uid: "u" }, 60);
    expect(await memoryAdapter(store, "Grant").find("1")).toBeUndefined();
    expect(await memoryAdapter(store, "Session").findByUid("u")).toEqual({ uid: "u" });
    expect(await memoryAdapter(store, "Grant").findByUid("u")).toBeUndefined();
  });

  it("marks a payload as consumed", async () => {
    const adapter = memoryAdapter(new MemoryStore(), "AuthorizationCode");
    await adapter.upsert("1", { jti: "1" }, 60);
    await adapter.consume("1");
    expect(await adapter.find("1")).toEqual({ jti: "1", consumed: expect.any(Number) });
  });

  it("deletes every token of a revoked grant", async () => {
    const store = new MemoryStore();
    await memoryAdapter(store, "RefreshToken").upsert("r", { grantId: "g" }, 60);
    await memoryAdapter(store, "AuthorizationCode").upsert("c", { grantId: "g" }, 60);
    await memoryAdapter(store, "RefreshToken").upsert("other", { grantId: "h" }, 60);
    await memoryAdapter(store, "RefreshToken").revokeByGrantId("g");
    expect(await memoryAdapter(store, "RefreshToken").find("r")).toBeUndefined();
    expect(await memoryAdapter(store, "AuthorizationCode").find("c")).toBeUndefined();
    expect(await memoryAdapter(store, "RefreshToken").find("other")).toEqual({ grantId: "h" });
  });
});
