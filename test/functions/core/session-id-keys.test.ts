// What session ids ask of node:crypto: the keys of a secret once, since requests wait for them, and none but whole tags.
import { createDecipheriv, hkdfSync } from "node:crypto";
import { expect, it, vi } from "vitest";
import { openSessionId, sealSessionId } from "../../../functions/core/session-id.ts";

vi.mock("node:crypto", { spy: true });

const ALICE = { sub: "U2alice", issuer: "https://auth.example.com", server: "tools" };

it("derives two keys from a secret, however many ids are sealed and opened", () => {
  const sealed = sealSessionId("secret-1", "session-1", ALICE);
  sealSessionId("secret-1", "session-2", ALICE);
  openSessionId(["secret-1"], sealed, ALICE);
  expect(hkdfSync).toHaveBeenCalledTimes(2);
});

it("takes no tag that was cut short", () => {
  openSessionId(["secret-1"], sealSessionId("secret-1", "session-1", ALICE), ALICE);
  expect(createDecipheriv).toHaveBeenLastCalledWith("aes-256-gcm", expect.anything(), expect.anything(), {
    authTagLength: 16,
  });
});
