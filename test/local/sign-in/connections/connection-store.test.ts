import { expect, test } from "vitest";
import { ConnectionStore } from "../../../../local/sign-in/connections/connection-store.ts";

const ANN = { appId: "linear", userId: "U1" };

test("an expired token is refreshed at the next request, and no longer accepted", () => {
  let now = 1_000_000_000;
  const store = new ConnectionStore(() => now);
  store.connect(ANN, { lifetimeSeconds: 60 });
  const first = store.token(ANN);
  expect(first?.expiresAt).toBe(1_000_060);
  now += 59_999;
  expect(store.token(ANN)).toBe(first);
  now += 1;
  expect(store.accountOf(first?.accessToken ?? "")).toBeUndefined();
  expect(store.token(ANN)?.accessToken).not.toBe(first?.accessToken);
});

test("accounts that differ in one part are different accounts", () => {
  const store = new ConnectionStore();
  const accounts = [
    ANN,
    { appId: "linear", userId: "U2" },
    { appId: "notion", userId: "U1" },
    { appId: "linear", userId: "U1", tenantId: "T1" },
    { appId: "linear", tenantId: "T1" },
    { appId: "linear", tenantId: "U1" },
  ];
  for (const account of accounts) store.connect(account);
  const tokens = accounts.map((account) => store.token(account)?.accessToken ?? "");
  expect(new Set(tokens).size).toBe(6);
  expect(tokens.map((token) => store.accountOf(token))).toEqual(accounts);
});

test("connecting again issues a different token", () => {
  const store = new ConnectionStore();
  store.connect(ANN);
  const first = store.token(ANN)?.accessToken;
  store.connect(ANN);
  expect(store.token(ANN)?.accessToken).not.toBe(first);
});
