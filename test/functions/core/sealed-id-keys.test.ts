// The use of node:crypto for session ids: keys are derived once per secret, and only complete tags are accepted.
import { createDecipheriv, hkdfSync } from "node:crypto";
import { expect, it, vi } from "vitest";
import { openId, sealId } from "../../../functions/core/sealed-id.ts";

vi.mock("node:crypto", { spy: true });

const ALICE = { sub: "U2alice", issuer: "https://auth.example.com", server: "tools", tenant: "T1" };

it("derives two keys for each purpose and secret, however many ids are sealed and opened", () => {
  const sealed = sealId("secret-1", "session", "session-1", ALICE) as string;
  sealId("secret-1", "session", "session-2", ALICE);
  openId(["secret-1"], "session", sealed, ALICE);
  expect(hkdfSync).toHaveBeenCalledTimes(2);
});

it("accepts no truncated authentication tag", () => {
  openId(["secret-1"], "session", sealId("secret-1", "session", "session-1", ALICE) as string, ALICE);
  expect(createDecipheriv).toHaveBeenLastCalledWith("aes-256-gcm", expect.anything(), expect.anything(), {
    authTagLength: 16,
  });
});
